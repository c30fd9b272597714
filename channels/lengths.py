"""How long a text is for a provider, and where it may be broken.

Telegram counts UTF-16 units; Meta says only "characters". UTF-16 units are never fewer, so they are safe for both.
"""


def units(text: str) -> int:
    """Length in UTF-16 code units: one per character, two for emoji and other characters beyond U+FFFF."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, limit: int) -> list[tuple[int, int]]:
    """Ranges (start, end) of at most `limit` units that together hold all but the white space at their edges.

    Broken at the end of a paragraph, line or word, in that order, wherever one stands late enough; a single word
    longer than the limit is cut. A text of white space alone has no pieces.
    """
    ranges: list[tuple[int, int]] = []
    start, stop = _trimmed(text, 0, len(text))
    while start < stop:
        end = _within(text, start, stop, limit)
        if end < stop:
            end = _break(text, start, end)
        ranges.append(_trimmed(text, start, end))
        start, stop = _trimmed(text, end, stop)
    return ranges


def head_and_tail(text: str, limit: int, tail_limit: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Ranges that fit `limit`, then one last that fits `tail_limit` (the text a widget carries)."""
    last = pieces(text, tail_limit)[-1] if text.strip() else (0, 0)
    return pieces(text[: last[0]], limit), last


def _within(text: str, start: int, stop: int, limit: int) -> int:
    end = min(stop, start + limit)
    while (over := units(text[start:end]) - limit) > 0:
        end -= (over + 1) // 2
    return max(end, start + 1)


def _break(text: str, start: int, end: int) -> int:
    length = end - start
    for mark, earliest in (("\n\n", start + length // 2), ("\n", start + length // 3)):
        at = text.rfind(mark, earliest, end + len(mark))
        if at > start:
            return at
    for at in range(end, start, -1):
        if text[at].isspace():
            return at
    return end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
