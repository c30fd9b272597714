"""Free text: only its length is judged."""

from bot.understanding.understood import Reading, Unclear, Understood


def understand_text(text: str, *, minimum: int = 1, maximum: int = 1000) -> Reading:
    """The text without space around it. Unclear: `nothing`, `short`, `long` (characters)."""
    value = text.strip()
    if not value:
        return Unclear("nothing")
    if len(value) < minimum:
        return Unclear("short")
    return Unclear("long") if len(value) > maximum else Understood(value)
