"""`hilo flow translate`: a translation file is begun, brought up to date and accepted."""

from pathlib import Path

import pytest

from bot.language.problem import FlowsBroken
from bot.language.translation import read_translation
from bot.tooling.translate import translate

FLOW = """flow: inicio
start: a
vars: {x: {type: text, label: Equis}}
steps:
  a:
    choose: "¿Cuál?"
    options:
      o: {label: Uno}
  b: {end: fin, say: ["Hola.", "{x}"]}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "inicio.flow.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "_globals.yaml").write_text(
        "start: inicio\nwords: {human: {words: [humano]}}\ntexts: {courtesy: Claro}\n", encoding="utf-8"
    )
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_file_has_every_text_empty_with_its_source_beside_it(pack: Path) -> None:
    file, left = translate(pack, "inicio", "en")
    assert left == 4
    assert file.read_text(encoding="utf-8") == (
        "flow: inicio\n"
        "lang: en\n"
        "vars:\n"
        '  x: {of: 820a6499, text: ""}  # Equis\n'
        "steps:\n"
        "  a:\n"
        '    choose: {of: c0e6abba, text: ""}  # ¿Cuál?\n'
        '    o.label: {of: 17bcc6fa, text: ""}  # Uno\n'
        "  b:\n"
        '    say.0: {of: ee6494f5, text: ""}  # Hola.\n'
    )


def test_what_is_new_comes_in_what_is_gone_goes_and_what_changed_is_marked(pack: Path) -> None:
    file, _ = translate(pack, "inicio", "en")
    change(file, 'text: ""}  # ¿Cuál?', 'text: "Which?"}')
    change(file, 'text: ""}  # Uno', 'text: "One"}\n    o.aliases: [single]')
    change(pack / "inicio.flow.yaml", "¿Cuál?", "¿Cuál quieres?")
    change(pack / "inicio.flow.yaml", "{label: Uno}", "{label: Uno, description: El primero}")
    change(pack / "inicio.flow.yaml", ", label: Equis", "")
    file, left = translate(pack, "inicio", "en")
    written = file.read_text(encoding="utf-8")
    assert left == 3
    assert 'text: "Which?"}  # changed; now: ¿Cuál quieres?' in written
    assert 'text: ""}  # El primero' in written
    assert '    o.aliases: ["single"]' in written
    assert "Equis" not in written and "vars:" not in written
    _, left = translate(pack, "inicio", "en", accept=True)
    assert left == 2
    found = read_translation(file.read_text(encoding="utf-8"))
    assert found.entries["steps.a.choose"].text == "Which?"


def test_writing_it_again_changes_nothing(pack: Path) -> None:
    file, _ = translate(pack, "inicio", "en")
    change(file, "flow: inicio", "# Whoever translated this.\nflow: inicio")
    before = file.read_text(encoding="utf-8")
    translate(pack, "inicio", "en")
    assert file.read_text(encoding="utf-8") == before


def test_a_register_keeps_only_what_it_says(pack: Path) -> None:
    file, _ = translate(pack, "inicio", "es-vos")
    change(file, '  a:\n    choose: {of: c0e6abba, text: ""}  # ¿Cuál?\n', "  a:\n")
    translate(pack, "inicio", "es-vos")
    assert "choose" not in file.read_text(encoding="utf-8")


def test_the_globals_are_translated_too(pack: Path) -> None:
    file, left = translate(pack, "_globals", "en")
    assert left == 1
    assert file.read_text(encoding="utf-8").startswith("lang: en\nwords:\n  human: []\ntexts:\n  courtesy: {of: ")


def test_a_flow_that_is_not_there_is_no_file(pack: Path) -> None:
    with pytest.raises(FileNotFoundError):
        translate(pack, "nada", "en")


@pytest.mark.parametrize("name", ["inicio", "_globals"])
def test_nothing_is_translated_into_the_language_it_is_written_in(pack: Path, name: str) -> None:
    with pytest.raises(FlowsBroken, match="is written in es already"):
        translate(pack, name, "es")
    assert not (pack / "i18n").exists()
