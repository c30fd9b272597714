"""Spans of time: sorted lists of half-open (start, end) in seconds since the epoch, none touching another."""

from collections.abc import Iterable

Span = tuple[int, int]
Spans = list[Span]


def merged(spans: Iterable[Span]) -> Spans:
    """The same time without overlaps; what touches becomes one, what is empty goes."""
    found: Spans = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def without(spans: Spans, taken: Iterable[Span]) -> Spans:
    """What is left of `spans`; `taken` is sorted by start and may overlap itself."""
    found: Spans = []
    rest = iter(taken)
    block = next(rest, None)
    for start, end in spans:
        at = start
        while block is not None and block[0] < end:
            if block[1] > at:
                if block[0] > at:
                    found.append((at, block[0]))
                at = max(at, block[1])
            if block[1] > end:
                break
            block = next(rest, None)
        if at < end:
            found.append((at, end))
    return found
