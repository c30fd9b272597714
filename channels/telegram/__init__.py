"""Telegram Bot API: what comes in, what goes out, and what it can show."""

from core.threads.outbound import Limits

LIMITS = Limits(
    channel="telegram",
    text=4096,
    caption=1024,
    prompt_text=4096,
    buttons=0,
    button_label=0,
    rows=20,
    row_label=48,
    row_description=0,
    opener=0,
    option_id_bytes=64,
    window_hours=0,
)
"""Bot API: text and caption count UTF-16 units; callback_data 1-64 bytes.

Inline keyboards have no documented number of rows or label length: 20 rows of 48 is what a phone still shows well.
"""
