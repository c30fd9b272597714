"""Whether a phrase of a question in between stands in what was said: its words in their order, side by side.

Only small words may stand between them («cancelar *la* cita»), so that «una cita para mi hija» is not «mi cita»; where
the phrase has an ellipsis («donde … hora») anything may.
"""

from collections.abc import Sequence

GAP = "…"
SMALL = frozenset(
    """a al algo con de del el en era es esta este estan la las le les lo los me mi mis muy nos para pero poco por pues
    que se su sus
    te tu tus un una unas unos usted ustedes y ya
    an and any are at be can do does for i is it my of on our the their there this to u we you your
    ao as da das do dos e em esse esta meu meus minha no na nos o os para pra seu sua um uma voces voce""".split()
)
MOST_BETWEEN = 3

Phrase = tuple[str, ...]
"""Words, and GAP where others may stand."""
Heard = Sequence[frozenset[str]]
"""Each word that was said, with whatever else it may have been."""


def stands(phrase: Phrase, heard: Heard, small: Sequence[bool]) -> bool:
    """`small`: which of the words said may stand between two of a phrase."""
    return any(_goes_on(phrase, heard, small, start) for start in range(len(heard)) if phrase[0] in heard[start])


def _goes_on(phrase: Phrase, heard: Heard, small: Sequence[bool], at: int) -> bool:
    """Whether the rest of a phrase follows its first word, which stands at `at`."""
    rest = phrase[1:]
    if not rest:
        return True
    anything = rest[0] == GAP
    if anything:
        rest = rest[1:]
    for place in range(at + 1, len(heard)):
        if rest[0] in heard[place] and _goes_on(rest, heard, small, place):
            return True
        if not anything and (not small[place] or place - at > MOST_BETWEEN):
            return False
    return False
