"""Which of the options offered was meant: by its id, label, alias, number, ordinal, or a typo of those.

Thresholds measured on short Spanish labels: `fuzz.ratio` over the whole accent-stripped text at ≥80 with a margin of
≥10 is right 98.6 % of the time and never picked a wrong option; partial scorers ("casi nunca" → Nunca) do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.understanding.numerals import ARTICLES, number_in_words
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold, signs

ACCEPT, SUGGEST, MARGIN = 80.0, 65.0, 10.0
LONGEST = 400

_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "primer primero primera primeiro primeira first",
            "segundo segunda second",
            "tercer tercero tercera terceiro terceira third",
            "cuarto cuarta quarto quarta fourth",
            "quinto quinta fifth",
            "sexto sexta sixth",
            "septimo septima setimo setima seventh",
            "octavo octava oitavo oitava eighth",
            "noveno novena nono nona ninth",
            "decimo decima tenth",
        ),
        start=1,
    )
    for word in words.split()
}
_FIGURE = re.compile(r"(\d{1,4})(?:er|era|ero|ra|ro|do|da|to|ta|mo|ma|vo|va|no|na|st|nd|rd|th|o|a)?\Z")
_FIRST, _LAST = (
    frozenset(("de arriba", "de mas arriba", "de hasta arriba", "top")),
    frozenset(
        ("ultimo", "ultima", "last", "final", "de abajo", "de mas abajo", "de hasta abajo", "del final", "bottom")
    ),
)
_MIDDLE = frozenset(("del medio", "de en medio", "de enmedio", "del centro", "de medio", "middle", "do meio"))
_LEAD = re.compile(r"(?:(?:la|el|lo|a|o|the|opcion|opcao|option|numero|number|num|nro|n)\s+)+|no\s+(?=\d+$)")
_TAIL = re.compile(r"\s+(?:opcion|opcao|option|one|de todas|de la lista|por favor|porfa|gracias|please)$")
_LETTERS = re.compile(r"(?:opcion|opcao|option|letra|inciso)\s+([a-j])\Z")
_PICKS = re.compile(
    r"^(?:(?:yo |me )?(?:quiero|quisiera|prefiero|elijo|escojo|dame|quedo con|seria|mejor|si|ok|dale|bueno|quero"
    r"|prefiro|i want) )+"
)
_FILLER = re.compile(
    r"^(?:(?:hola|si|ok|okay|bueno|dale|pues|entonces|mejor|yo|quiero|quisiera|queria|prefiero|elijo|escojo|dame"
    r"|ponme|pon"
    r"|me interesa|me interesan|me gustaria|me quedo con|seria|serian|es|son|para|el|la|los|las|lo|un|una|de|del|por|en"
    r"|con|quero|queria|prefiro|gostaria de|seria|o|a|os|as|i want|i d like|i prefer|the|please|uma|um|na|pela)\s+)+"
    r"|(?:\s+(?:por favor|porfa|porfis|gracias|muchas gracias|please|nomas|entonces|mejor|esta bien|obrigada"
    r"|obrigado))+$"
)
_SMALL_WORDS = frozenset(("de", "la", "el", "los", "las", "y", "e", "da", "do", "of", "the", "del"))
_SHORTEST_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class Choices:
    """Options made ready for matching: ids in the order shown, folded words → id."""

    ids: tuple[str, ...]
    exact: dict[str, str]
    by_sign: dict[str, str]
    """The emoji of a label or an alias → id, where no other option has it."""
    listed: int | None = None
    """How many of the first are the list that «la última» speaks of; the others stand below it."""


def make_choices(
    options: Iterable[tuple[str, Iterable[str]]],
    also: Iterable[tuple[str, Iterable[str]]] = (),
    listed: int | None = None,
) -> Choices:
    """From (id, the texts that mean it: label, short label, aliases). The first option to claim a word keeps it.

    `also` are the options' words in other languages, which come second.
    """
    ids: list[str] = []
    exact: dict[str, str] = {}
    signed: dict[str, set[str]] = {}
    for option, texts in options:
        ids.append(option)
        for text in texts:
            if folded := fold(text):
                exact.setdefault(folded, option)
            if sign := signs(text):
                signed.setdefault(sign, set()).add(option)
    for option, texts in also:
        for text in texts:
            if folded := fold(text):
                exact.setdefault(folded, option)
    for option in ids:
        exact.setdefault(fold(option), option)
    by_sign = {sign: next(iter(options)) for sign, options in signed.items() if len(options) == 1}
    return Choices(tuple(ids), exact, by_sign, listed)


def _place(folded: str, count: int, listed: int) -> int | None:
    """The number named by `2`, `la 2da`, `opcion dos`, `la ultima`; None when it names none of 1…count."""
    bare = _TAIL.sub("", folded)
    if letter := _LETTERS.match(bare):
        place: float = ord(letter[1]) - ord("a") + 1
        return int(place) if place <= count else None
    bare = _LEAD.sub("", bare, count=1) if " " in bare else bare
    if figure := _FIGURE.match(bare):
        place = int(figure[1])
    elif bare in _FIRST:
        place = 1
    elif bare in _LAST:
        place = listed
    elif bare in ("penultimo", "penultima"):
        place = listed - 1
    elif bare in _MIDDLE:
        place = (listed + 1) / 2  # of an even number there is no middle one
    elif bare in ARTICLES and bare not in ("uno", "one", "ten"):
        return None
    else:
        place = _ORDINALS.get(bare) or number_in_words(bare.split()) or 0
    return int(place) if place == int(place) and 1 <= place <= count else None


def exact_choice(folded: str, choices: Choices) -> str | None:
    """The option whose label, alias, id or number this is, exactly; None otherwise."""
    if option := choices.exact.get(folded):
        return option
    if not folded:
        return None
    count, listed = len(choices.ids), choices.listed or len(choices.ids)
    place = _place(folded, count, listed)
    if place is not None:
        return choices.ids[place - 1]
    picked = _PICKS.sub("", folded)
    place = _place(picked, count, listed) if picked != folded else None
    if place is not None:
        return choices.ids[place - 1]
    bare = _FILLER.sub("", folded)
    return choices.exact.get(bare) if bare != folded else None


def contained(folded: str, choices: Choices) -> list[str]:
    """Options one of whose words or phrases stands whole inside the text, in the order shown.

    A phrase that is part of a longer one found says nothing: there is no *voy* in «no voy a poder».
    """
    padded = f" {folded} "
    phrases = [f" {words} " for words in choices.exact if len(words) > 2 and f" {words} " in padded]
    whole = [one for one in phrases if not any(one in other for other in phrases if other != one)]
    found = {choices.exact[one.strip()] for one in whole}
    return [option for option in choices.ids if option in found]


def abbreviated(folded: str, choices: Choices) -> tuple[list[str], bool]:
    """Options that `depi laser` or `limp` is short for, word by word, and whether for all the words of just one."""
    words = [word for word in folded.split() if word not in _SMALL_WORDS]
    if not words or any(len(word) < _SHORTEST_ABBREVIATION for word in words) or sum(map(len, words)) < 4:
        return [], False
    found: dict[str, bool] = {}
    for phrase, option in choices.exact.items():
        full = [word for word in phrase.split() if word not in _SMALL_WORDS]
        if len(words) <= len(full) and all(long.startswith(short) for short, long in zip(words, full, strict=False)):
            found[option] = found.get(option, False) or len(words) == len(full)
    return [option for option in choices.ids if option in found], len(found) == 1 and any(found.values())


def understand_choice(text: str, choices: Choices) -> Reading:
    """The option meant. Unclear: `alternatives` holds one or two ids to offer, or none when nothing is near."""
    folded = fold(text[:LONGEST])
    if option := exact_choice(folded, choices) or (not folded and choices.by_sign.get(signs(text))):
        return Understood(option)
    scores: dict[str, float] = {}
    for said in {folded, _FILLER.sub("", folded)}:
        near = process.extract(
            said, choices.exact.keys(), scorer=fuzz.ratio, processor=None, limit=None, score_cutoff=SUGGEST - MARGIN
        )
        for words, score, _ in near:
            option = choices.exact[words]
            scores[option] = max(score, scores.get(option, 0.0))
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    if ranked and ranked[0][1] >= SUGGEST:
        best, score = ranked[0]
        if score >= ACCEPT and (len(ranked) == 1 or score - ranked[1][1] >= MARGIN):
            return Understood(best, score / 100)
        close = tuple(option for option, other in ranked[:2] if score - other < MARGIN or other >= SUGGEST)
        return Unclear("near", close)
    short, whole = abbreviated(_FILLER.sub("", folded), choices)
    if whole:
        return Understood(short[0], 0.85)
    inside = short or contained(folded, choices)
    return Unclear("near", tuple(inside)) if 0 < len(inside) <= 2 else Unclear("nothing")
