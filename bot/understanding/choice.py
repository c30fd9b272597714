"""Which of the options offered was meant: by its id, label, alias, number, ordinal, or a typo of those.

Thresholds measured on short Spanish labels: `fuzz.ratio` over the whole accent-stripped text at ≥80 with a margin of
≥10 is right 98.6 % of the time and never picked a wrong option; partial scorers ("casi nunca" → Nunca) do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.understanding.fold import fold
from bot.understanding.number import number_in_words
from bot.understanding.understood import Reading, Unclear, Understood

ACCEPT, SUGGEST, MARGIN = 80.0, 65.0, 10.0

_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "primer primero primera",
            "segundo segunda",
            "tercer tercero tercera",
            "cuarto cuarta",
            "quinto quinta",
            "sexto sexta",
            "septimo septima",
            "octavo octava",
            "noveno novena",
            "decimo decima",
        ),
        start=1,
    )
    for word in words.split()
}
_LEAD = re.compile(r"(?:(?:la|el|lo|opcion|numero|num|nro|n)\s+)+|no\s+(?=\d+$)")
_FILLER = re.compile(
    r"^(?:(?:hola|quiero|quisiera|queria|prefiero|elijo|me interesa|me gustaria|seria|es|para|el|la|los|las|lo|un|una"
    r"|de|por)\s+)+"
    r"|(?:\s+(?:por favor|porfa|porfis|gracias|muchas gracias|please))+$"
)


@dataclass(frozen=True, slots=True)
class Choices:
    """Options made ready for matching: ids in the order shown, folded words → id."""

    ids: tuple[str, ...]
    exact: dict[str, str]


def make_choices(options: Iterable[tuple[str, Iterable[str]]]) -> Choices:
    """From (id, the texts that mean it: label, short label, aliases). The first option to claim a word keeps it."""
    ids: list[str] = []
    exact: dict[str, str] = {}
    for option, texts in options:
        ids.append(option)
        for text in texts:
            if folded := fold(text):
                exact.setdefault(folded, option)
    for option in ids:
        exact.setdefault(fold(option), option)
    return Choices(tuple(ids), exact)


def _place(folded: str, count: int) -> int | None:
    """The number named by `2`, `la 2`, `opcion dos`, `la segunda`, `ultima`; None when it names none of 1…count."""
    bare = _LEAD.sub("", folded, count=1) if " " in folded else folded
    if bare.isascii() and bare.isdigit():
        place: float | None = int(bare[:4])
    elif bare in ("ultimo", "ultima"):
        place = count
    else:
        place = _ORDINALS.get(bare.removesuffix(" opcion")) or number_in_words(bare.split())
    return int(place) if place is not None and place == int(place) and 1 <= place <= count else None


def exact_choice(folded: str, choices: Choices) -> str | None:
    """The option whose label, alias, id or number this is, exactly; None otherwise."""
    if option := choices.exact.get(folded):
        return option
    if not folded:
        return None
    place = _place(folded, len(choices.ids))
    if place is not None:
        return choices.ids[place - 1]
    bare = _FILLER.sub("", folded)
    return choices.exact.get(bare) if bare != folded else None


def contained(folded: str, choices: Choices) -> list[str]:
    """Options one of whose words or phrases stands whole inside the text, in the order shown."""
    padded = f" {folded} "
    found = {option for words, option in choices.exact.items() if len(words) > 2 and f" {words} " in padded}
    return [option for option in choices.ids if option in found]


def understand_choice(text: str, choices: Choices) -> Reading:
    """The option meant. Unclear: `alternatives` holds one or two ids to offer, or none when nothing is near."""
    folded = fold(text)
    if option := exact_choice(folded, choices):
        return Understood(option)
    scores: dict[str, float] = {}
    near = process.extract(
        folded, choices.exact.keys(), scorer=fuzz.ratio, processor=None, limit=None, score_cutoff=SUGGEST - MARGIN
    )
    for words, score, _ in near:  # best first
        scores.setdefault(choices.exact[words], score)
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    if ranked and ranked[0][1] >= SUGGEST:
        best, score = ranked[0]
        if score >= ACCEPT and (len(ranked) == 1 or score - ranked[1][1] >= MARGIN):
            return Understood(best, score / 100)
        close = tuple(option for option, other in ranked[:2] if score - other < MARGIN or other >= SUGGEST)
        return Unclear("near", close)
    inside = contained(folded, choices)
    return Unclear("near", tuple(inside)) if 0 < len(inside) <= 2 else Unclear("nothing")
