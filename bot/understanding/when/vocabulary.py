"""What each word may mean in the language of the text: pieces get the grammar's marks.

A text is read in the language most of its telling words belong to; words that language lacks are looked up in the
others, since people mix them.
"""

from functools import lru_cache
from types import ModuleType
from typing import Any

from bot.understanding.when import vocabulary_en, vocabulary_es, vocabulary_pt
from bot.understanding.when.spelling import corrected
from bot.understanding.when.tokens import Token, fold_in_place

LANGUAGES: dict[str, ModuleType] = {"es": vocabulary_es, "pt": vocabulary_pt, "en": vocabulary_en}
Marks = dict[str, Any]
Phrases = dict[str, list[tuple[tuple[str, ...], Marks]]]
"""First word → the phrases that begin with it, longest first."""

_SPELLED = frozenset(
    {"WEEKDAY", "MONTH", "MANANA", "DAY", "PART", "WEEK", "WEEKEND", "MIDNIGHT", "NEXT", "WEEKDAYS", "NUM", "QUARTER", "UNIT",
     "FORTNIGHT"}
)  # fmt: skip
"""Marks whose words are recognized when mistyped."""


def _split(phrase: str) -> tuple[str, ...]:
    return tuple(fold_in_place(phrase).replace("_", " ").replace("-", " - ").replace("+", " + ").split())


def _entries(words: ModuleType) -> list[tuple[tuple[str, ...], Marks]]:
    found: list[tuple[tuple[str, ...], Marks]] = []
    for mark, values in words.WORDS.items():
        for value, listed in values.items():
            found += [(_split(phrase), {mark: value}) for phrase in listed.split(",")]
    for name, listed in words.HOLIDAYS.items():
        found += [(_split(phrase), {"HOLIDAY": name}) for phrase in listed.split(",")]
    for mark, listed in (
        ("COURTESY", words.COURTESY),
        ("FILL", words.FILL),
        ("GUARD", words.PAST_FACTS),
        ("NAME_LEAD", words.NAME_LEADS),
        ("PLACE_LEAD", words.PLACE_LEADS),
        ("PLACE_TAIL", words.PLACE_TAILS),
        ("CUE", words.CUES),
    ):
        found += [(_split(phrase), {mark: True}) for phrase in listed.replace("\n", " ").split(",")]
    return found + _numbers(words)


def _numbers(words: ModuleType) -> list[tuple[tuple[str, ...], Marks]]:
    found: list[tuple[tuple[str, ...], Marks]] = []
    units: dict[int, list[str]] = {}
    for value, spelled in enumerate(words.NUMBERS):
        units[value] = spelled.split()
        found += [(_split(word), {"NUM": value, "NUMBER_WORD": value}) for word in units[value]]
    for tens, word in words.TENS.items():
        if tens > 20:
            found.append(((word,), {"NUM": tens, "NUMBER_WORD": tens}))
        join = (words.JOIN,) if words.JOIN else ()
        for value in range(1, 10):
            found += [
                ((word, *join, unit), {"NUM": tens + value, "NUMBER_WORD": tens + value}) for unit in units[value]
            ]
    return found


@lru_cache(maxsize=3)
def _own(language: str) -> Phrases:
    by_phrase: dict[tuple[str, ...], Marks] = {}
    for phrase, marks in _entries(LANGUAGES[language]):
        if phrase:
            by_phrase.setdefault(phrase, {}).update(marks)
    phrases: Phrases = {}
    for phrase, marks in sorted(by_phrase.items(), key=lambda entry: -len(entry[0])):
        phrases.setdefault(phrase[0], []).append((phrase, marks))
    return phrases


@lru_cache(maxsize=3)
def _words(language: str) -> frozenset[str]:
    return frozenset(word for listed in _own(language).values() for phrase, _ in listed for word in phrase)


@lru_cache(maxsize=3)
def _all(language: str) -> Phrases:
    phrases = dict(_own(language))
    for other in LANGUAGES:
        for first, listed in _own(other).items():
            if first not in _words(language):
                phrases.setdefault(first, listed)
    return phrases


@lru_cache(maxsize=3)
def _targets(language: str) -> dict[str, Marks]:
    return {
        phrase[0]: marks
        for listed in _own(language).values()
        for phrase, marks in listed
        if len(phrase) == 1 and len(phrase[0]) >= 5 and not _SPELLED.isdisjoint(marks)
    }


@lru_cache(maxsize=3)
def _weekdays(language: str) -> dict[str, Marks]:
    return {word: marks for word, marks in _targets(language).items() if "WEEKDAY" in marks}


_ARTICLES = frozenset({"el", "este", "al", "del", "proximo", "prox"})


def language_of(tokens: list[Token], preferred: str) -> str:
    """`es`, `pt` or `en`: where most words belong that belong to one language only; `preferred` when none tells."""
    scores = dict.fromkeys(LANGUAGES, 0)
    for token in tokens:
        if token.marks:
            continue  # «pm» is of every language
        known = [language for language in LANGUAGES if token.text in _words(language)]
        if len(known) == 1:
            scores[known[0]] += 1
    best = max(scores.values())
    return preferred if scores[preferred] == best else max(scores, key=lambda language: scores[language])


def mark_words(tokens: list[Token], language: str) -> list[Token]:
    """The same text as pieces with meanings: phrases become one piece; unknown words are marked UNKNOWN."""
    phrases = _all(language)
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        matched = _phrase_at(tokens, index, phrases)
        if matched is not None:
            length, marks = matched
            whole = tokens[index : index + length]
            text = " ".join(piece.text for piece in whole)
            shape = token.marks if length == 1 else {}
            found.append(Token(text, token.start, whole[-1].end, {**shape, **marks}))
            index += length
            continue
        if not token.marks and token.text[0].isalpha():
            after_article = index > 0 and tokens[index - 1].text in _ARTICLES
            spelled = corrected(token.text, _targets(language))
            if spelled is None and after_article:  # «el vienes» is no verb
                spelled = corrected(token.text, _weekdays(language), real=False)
            token.marks = {**_targets(language)[spelled], "MISSPELLED": True} if spelled else _unknown(token, language)
        found.append(token)
        index += 1
    return found


_NO_PAST = frozenset("cafe bebe aqui alli asi jose porque sofi mami papi noemi rene salome belen".split())


def _unknown(token: Token, language: str) -> Marks:
    """«atendí», «operé», «quedó»: what is over; «iré» is to come."""
    past = language == "es" and token.stressed and len(token.text) > 3 and token.text not in _NO_PAST
    return {"UNKNOWN": True, "GUARD": True} if past and not token.text.endswith("re") else {"UNKNOWN": True}


def _phrase_at(tokens: list[Token], index: int, phrases: Phrases) -> tuple[int, Marks] | None:
    for phrase, marks in phrases.get(tokens[index].text, ()):
        length = len(phrase)
        if length == 1 or tuple(token.text for token in tokens[index : index + length]) == phrase:
            return length, marks
    return None
