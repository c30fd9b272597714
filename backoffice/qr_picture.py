"""An address as a picture a phone reads (QR, ISO 18004)."""

import base64
from io import BytesIO

import segno


def picture_of(address: str) -> str:
    """A data: address of an SVG, dark on white whatever the page's colours."""
    drawn = BytesIO()
    segno.make(address).save(drawn, kind="svg", scale=5, border=2, light="white")
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"
