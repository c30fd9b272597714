"""Scales are read exactly: a near miss of a clinical answer is a wrong answer."""

from collections.abc import Sequence

from bot.understanding.number import understand_number
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold


def understand_scale(text: str, *, minimum: int, maximum: int, labels: Sequence[str] = ()) -> Reading:
    """A whole number from `minimum` to `maximum`, or the full label of one (`labels[0]` stands for `minimum`)."""
    folded = fold(text)
    for offset, label in enumerate(labels):
        if folded == fold(label):
            return Understood(minimum + offset)
    if labels and not folded.isdigit():
        return Unclear("nothing")
    return understand_number(text, minimum=minimum, maximum=maximum, integer=True)
