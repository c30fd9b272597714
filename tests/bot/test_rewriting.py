"""A flow's YAML changed at single places: the rest stays as its author wrote it."""

from collections.abc import Sequence

import pytest

from bot.language.problem import FlowsBroken
from bot.language.rewriting import rewritten
from bot.language.source import Path, read_yaml

FLOW = """\
# the head
steps:
  a:   # a comment
    say: [uno, 'dos']
  b:
    choose: >
      una pregunta
      larga

    options:
      x: {label: "X", to: a}   # of x
      # of y
      y:
        label: Y
        short: why
      z: {short: "zeta", label: Z}
    next: a
"""
B: Path = ("steps", "b")


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        (("steps", "a", "say", 1), 'dos: "2" #', {'    say: [uno, "dos: \\"2\\" #"]'}),
        ((*B, "options", "y", "label"), "no", {'        label: "no"'}),
        ((*B, "options", "x", "short"), "equis", {'      x: {label: "X", short: "equis", to: a}   # of x'}),
        ((*B, "options", "y", "description"), "de y", {'        description: "de y"'}),
        ((*B, "options", "y", "short"), None, set()),
        ((*B, "options", "z", "short"), None, {"      z: {label: Z}"}),
    ],
)
def test_one_value_changes_one_line(path: Path, text: str | None, lines: set[str]) -> None:
    found = rewritten(FLOW, {path: text}, {})
    assert set(found.splitlines()) - set(FLOW.splitlines()) == lines
    assert "# the head" in found and "# a comment" in found and "# of y" in found
    data = read_yaml(found, "").data
    for part in path[:-1]:
        data = data[part]
    assert (data.get(path[-1]) if isinstance(data, dict) else data[path[-1]]) == text


def test_a_block_of_text_becomes_one_line_and_what_follows_stays() -> None:
    found = rewritten(FLOW, {(*B, "choose"): "corta"}, {})
    assert read_yaml(found, "").data["steps"]["b"]["choose"] == "corta"
    assert read_yaml(found, "").data["steps"]["b"]["next"] == "a"
    assert "# of x" in found


@pytest.mark.parametrize("order", [("z", "y", "x"), ("y", "x", "z"), ("x", "z", "y")])
def test_options_change_places_whole(order: Sequence[str]) -> None:
    found = rewritten(FLOW, {}, {(*B, "options"): order})
    before, after = (read_yaml(text, "").data["steps"]["b"]["options"] for text in (FLOW, found))
    assert list(after) == list(order)
    assert after == before


def test_what_is_no_yaml_is_told_and_not_changed() -> None:
    with pytest.raises(FlowsBroken):
        rewritten("a: [", {("a",): "x"}, {})


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 90_000 + "x", "a: " + "{b: " * 3000])
def test_what_is_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(FlowsBroken, match="nested too deeply"):
        read_yaml(text, "")
