"""Why visits are cancelled: a few reasons that can be counted; what people say about it is a note beside them."""

from collections.abc import Mapping
from typing import Literal

CancelCode = Literal["schedule", "health", "travel", "price", "changed_mind", "elsewhere", "clinic", "mistake", "other"]
CANCEL_REASONS: Mapping[str, str] = {
    "schedule": "No le queda el horario",
    "health": "Salud",
    "travel": "Viaje",
    "price": "Precio",
    "changed_mind": "Ya no lo quiere",
    "elsewhere": "Se atiende en otro lugar",
    "clinic": "No la podemos atender",
    "mistake": "Error al agendar",
    "other": "Otro motivo",
}
"""Code → what the staff reads. Flows give the code of the option that was chosen as the reason."""


def coded(reason: str | None, code: str | None = None) -> tuple[str | None, str | None]:
    """(code, note) of what was said: a reason that is a code is no note, words without a code are another reason."""
    words = (reason or "").strip()
    if code is None and words in CANCEL_REASONS:
        return words, None
    return code or ("other" if words else None), words or None
