"""Templates and conditions: data and a whitelist, nothing to evaluate."""

from typing import Any

import pytest

from bot.language.predicate import compile_predicate
from bot.language.template import TemplateWrong, Unset, compile_template, dig

VALUES: dict[str, Any] = {
    "nombre": "Caro Pérez", "edad": 34, "si": True, "lista": ["a", "b", "c"], "precio": 350000, "cero": 0, "vacio": "",
    "cuando": "2026-03-12T16:00",
    "lead": {"id": 7, "rows": [{"x": "y"}]},
}  # fmt: skip


def scope(path: str) -> Any:
    head, _, rest = path.partition(".")
    return dig(VALUES.get(head), rest.split(".")) if rest else VALUES.get(head)


def render(text: str, tag: str = "es") -> str:
    return compile_template(text, tag).render(scope, lambda path, value: f"<{value}>")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hola", "Hola"),
        ("Hola, {nombre|first}.", "Hola, Caro."),
        ("{nombre|upper} {edad}", "CARO PÉREZ 34"),
        ("{nada|or:'amiga'}", "amiga"),
        ("{nada|first|or:'amiga'}", "amiga"),
        ("{vacio|or:'x'}", "x"),
        ("{cero}", "0"),
        ("{si|yes_no}", "sí"),
        ("{lista|join}", "a, b y c"),
        ("{lista|join:'; '}", "a; b; c"),
        ("{lista|count}", "3"),
        ("{precio|money:'$'}", "$ 3.500"),
        ("{lead.id} {lead.rows.0.x}", "7 y"),
        ("{nada|prefix:'a '}{nombre|first|prefix:'b '|suffix:'!'}", "b Caro!"),
        ("{nombre|label}", "<Caro Pérez>"),
        ("{{literal}} {org.name}", "{literal} "),
    ],
)
def test_a_text_reads_as_expected(text: str, read: str) -> None:
    assert render(text) == read


@pytest.mark.parametrize("text", ["{nada}", "{nada|upper}", "{lead.nope}"])
def test_a_missing_value_is_never_silently_empty(text: str) -> None:
    with pytest.raises(Unset):
        render(text)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{a b}",
        "{a|nope}",
        "{a|or:'x}",
        "{__class__}",
        "{A}",
        "{a.__class__}",
        "{a|first|}",
        "{1+1}",
        "{a()}",
        "{}",
    ],
)
def test_what_is_not_a_path_and_known_filters_does_not_compile(text: str) -> None:
    with pytest.raises(TemplateWrong):
        compile_template(text)


def test_one_hole_gives_the_value_itself() -> None:
    assert compile_template("{lista}").value(scope, lambda _, value: str(value)) == ["a", "b", "c"]
    assert compile_template("{nada}").value(scope, lambda _, value: str(value)) is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"edad": 34}, True),
        ({"edad": {"lt": 18}}, False),
        ({"edad": {"gte": 34, "lt": 35}}, True),
        ({"edad": [1, 34]}, True),
        ({"edad": {"not_in": [34]}}, False),
        ({"nada": {"lt": 18}}, False),
        ({"nada": {"ne": 1}}, False),
        ({"nada": {"is": "unset"}}, True),
        ({"vacio": {"is": "set"}}, False),
        ({"cero": {"is": "set"}}, True),
        ({"lista": {"contains": "b"}}, True),
        ({"nombre": {"lt": 3}}, False),
        ({"si": {"gt": 0}}, False),
        ({"edad": 34, "si": False}, False),
        ({"all": [{"edad": 34}, {"si": True}]}, True),
        ({"any": [{"edad": 1}, {"si": True}]}, True),
        ({"not": {"edad": 1}}, True),
        ({"lead.id": {"gt": 6}}, True),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, Any], holds: bool) -> None:
    assert compile_predicate(condition)[0](scope) is holds


def test_a_condition_tells_what_it_reads() -> None:
    assert compile_predicate({"any": [{"a": 1}, {"not": {"b.c": 2}}]})[1] == {"a", "b.c"}


def test_conditions_nest_at_most_four_deep() -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(4):
        deep = {"not": deep}
    with pytest.raises(TemplateWrong, match="deep"):
        compile_predicate(deep)


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("es", "la cita del jueves 12 de marzo a las 16:00"),
        ("es-vos", "la cita del jueves 12 de marzo a las 16:00"),
        ("pt", "la cita de quinta-feira 12 de março às 16:00"),
        ("en", "la cita on Thursday 12 March at 16:00"),
    ],
)
def test_what_is_of_a_day_is_said_as_each_language_does(tag: str, read: str) -> None:
    assert render("la cita {cuando|date:of}", tag) == read
