"""Texts are broken where a reader would, and never lose a word."""

from hypothesis import given
from hypothesis import strategies as st

from channels.lengths import head_and_tail, pieces, units

TEXTS = st.text("aé😀 \n", max_size=200)


def words(text: str) -> str:
    return "".join(text.split())


def test_units_are_utf_16() -> None:
    assert [units(text) for text in ("", "hola", "ñ", "😀", "👩‍⚕️")] == [0, 4, 1, 2, 5]


def test_paragraphs_stay_whole_when_they_can() -> None:
    text = "Primero esto.\n\nDespués lo otro."
    assert [text[start:end] for start, end in pieces(text, 20)] == ["Primero esto.", "Después lo otro."]


@given(TEXTS, st.integers(2, 40))
def test_every_piece_fits_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = [text[start:end] for start, end in pieces(text, limit)]
    assert all(0 < units(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts)
    assert words("".join(parts)) == words(text)


@given(TEXTS, st.integers(10, 40), st.integers(2, 10))
def test_the_last_piece_fits_the_widget(text: str, limit: int, tail_limit: int) -> None:
    head, tail = head_and_tail(text, limit, tail_limit)
    parts = [text[start:end] for start, end in (*head, tail)]
    assert units(parts[-1]) <= tail_limit
    assert all(units(part) <= limit for part in parts)
    assert words("".join(parts)) == words(text)
