"""WhatsApp Business Platform (Cloud API): what comes in, what goes out, and what it can show."""

from core.threads.outbound import Limits

LIMITS = Limits(
    channel="whatsapp",
    text=4096,
    caption=1024,
    prompt_text=1024,
    buttons=3,
    button_label=20,
    rows=10,
    row_label=24,
    row_description=72,
    opener=20,
    option_id_bytes=200,
    window_hours=24,
)
"""Meta, interactive messages reference: lengths count characters; a list has ten rows over all its sections."""
