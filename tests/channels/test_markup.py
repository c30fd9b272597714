"""Marks at the edges of words are markup; all others stay as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.markup import Marked, Span, read_markup


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("*hola*", "hola", [("bold", 0, 4)]),
        ("_hola_ ~no~", "hola no", [("italic", 0, 4), ("strikethrough", 5, 7)]),
        ("Hola *Ana Ruiz*, ¿qué tal?", "Hola Ana Ruiz, ¿qué tal?", [("bold", 5, 13)]),
        ("*_las dos_*", "las dos", [("bold", 0, 7), ("italic", 0, 7)]),
        ("*uno _dos_ tres*", "uno dos tres", [("bold", 0, 12), ("italic", 4, 7)]),
        ("¿*Seguimos*?", "¿Seguimos?", [("bold", 1, 9)]),
        ("2*3*4", "2*3*4", []),
        ("5 * 3 * 2", "5 * 3 * 2", []),
        ("snake_case_name", "snake_case_name", []),
        ("https://a.b/_x_/?q=*y*", "https://a.b/_x_/?q=*y*", []),
        ("*sin cerrar", "*sin cerrar", []),
        ("*dos\nlíneas*", "*dos\nlíneas*", []),
        ("** vacío **", "** vacío **", []),
        ("*a*b*", "a*b", [("bold", 0, 3)]),
        ("***", "***", []),
        ("", "", []),
    ],
)
def test_marks(source: str, text: str, spans: list[tuple[str, int, int]]) -> None:
    assert read_markup(source) == Marked(text, tuple(Span(*span) for span in spans))  # type: ignore[arg-type]


@given(st.text("ab *_~\n.,¡", max_size=60))
def test_only_marks_ever_disappear(source: str) -> None:
    marked = read_markup(source)
    assert len(source) - len(marked.text) == 2 * len(marked.spans)
    left = iter(source)
    assert all(character in left for character in marked.text)
    for span in marked.spans:
        assert 0 <= span.start < span.end <= len(marked.text)
        assert "\n" not in marked.text[span.start : span.end]
    for one in marked.spans:
        for other in marked.spans:
            crossing = one.start < other.start < one.end < other.end
            assert not crossing


@given(st.text(st.characters(blacklist_characters="*_~"), max_size=40))
def test_a_text_without_marks_is_itself(source: str) -> None:
    assert read_markup(source) == Marked(source)


def test_many_lone_marks_are_read_in_time() -> None:
    assert read_markup("*a " * 30_000).spans == ()
