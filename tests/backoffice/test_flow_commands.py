"""`hilo flow lint`, `graph`, `coverage` and `diff` as an author runs them."""

import json
from pathlib import Path

import pytest

from backoffice import cli_flow_checks
from backoffice.cli_flow import test as flow_test
from core.errors import Refused

GOOD = "flow: inicio\nstart: a\nsteps:\n  a: {say: Hola}\n  fin: {end: listo}\n"
WRONG = GOOD.replace("say: Hola", "say: '{nombre}, 100%'")
WORDS = "start: inicio\n"


@pytest.fixture
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two packs, the second with two wrong files, where the commands run."""
    for name, lead in (("buena", GOOD), ("mala", WRONG)):
        (tmp_path / name / "tests").mkdir(parents=True)
        (tmp_path / name / "_globals.yaml").write_text(WORDS)
        (tmp_path / name / "inicio.flow.yaml").write_text(lead)
        (tmp_path / name / "tests" / "a.chat").write_text("flow: inicio\n> hola\n< Hola\n")
    (tmp_path / "mala" / "otra.flow.yaml").write_text("flow: otra\nstart: b\nsteps:\n  a: {end: listo}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HILO_FLOWS_DIR", str(tmp_path))
    return tmp_path


def annotation(place: str, told: str) -> str:
    return f"::error {place}::{told}"


def run(capsys: pytest.CaptureFixture[str], command: str, *args: object, **options: object) -> tuple[int, str]:
    code = 0
    try:
        getattr(cli_flow_checks, command)(*args, **options)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, capsys.readouterr().out


def test_lint_tells_every_problem_and_fails(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "lint")
    assert code == 1
    assert told.splitlines() == [
        "mala/inicio.flow.yaml:4:7: the variable 'nombre' is not declared [undefined]. Add nombre: to vars",
        "mala/otra.flow.yaml:2:1: there is no step 'b' [missing-target]. Name a step of this flow",
        "3 flows in 2 packs, 2 problems.",
    ]


def test_lint_of_a_pack_or_a_file_tells_only_of_that(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "lint", Path("buena")) == (0, "1 flow in 1 pack, 0 problems.\n")
    assert run(capsys, "lint", Path("buena/_globals.yaml"))[0] == 0
    code, told = run(capsys, "lint", Path("mala/otra.flow.yaml"))
    assert code == 1
    assert [line.partition(":")[0] for line in told.splitlines()[:-1]] == ["mala/otra.flow.yaml"]
    with pytest.raises(Refused):
        cli_flow_checks.lint(Path("buena/tests"))


def test_a_pack_may_be_called_by_its_name_from_anywhere(
    flows: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (flows / "mala" / "otra.flow.yaml").unlink()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert run(capsys, "lint", Path("buena")) == (0, "1 flow in 1 pack, 0 problems.\n")
    flow_test(Path("buena"))
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_transcripts_are_found_by_file_folder_or_pack_and_none_is_a_mistake(
    flows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flows / "mala" / "otra.flow.yaml").unlink()
    (flows / "mala" / "inicio.flow.yaml").write_text(GOOD)
    for path, passed in ((flows, 2), (flows / "buena", 1), (Path("buena/tests"), 1), (Path("buena/tests/a.chat"), 1)):
        flow_test(path)
        assert capsys.readouterr().out == f"{passed} passed, 0 failed\n"
    for nothing in (Path("nada"), Path("buena/tests/b.chat"), flows.parent.parent / "x"):
        with pytest.raises(Refused, match=f"{nothing.name} has no transcript of a pack in .*: name a"):
            flow_test(nothing)


def test_a_pack_is_named_by_its_folder_or_by_its_name(
    flows: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(flows / "mala")
    assert run(capsys, "lint", Path("buena")) == (0, "1 flow in 1 pack, 0 problems.\n")
    with pytest.raises(Refused, match="The packs are buena, mala"):
        cli_flow_checks.lint(Path("buenas"))


def test_lint_for_github_is_an_annotation_a_line(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "buena" / "inicio.flow.yaml").write_text(GOOD.replace("say: Hola", "say: '{x|50%}'"))
    code, told = run(capsys, "lint", form="github")
    assert code == 1
    assert told.splitlines() == [
        annotation(
            "file=buena/inicio.flow.yaml,line=4,col=7,title=template",
            "cannot read the filters of {x|50%25}. Write them as |filter or |filter:'text'",
        ),
        annotation(
            "file=mala/inicio.flow.yaml,line=4,col=7,title=undefined",
            "the variable 'nombre' is not declared. Add nombre: to vars",
        ),
        annotation(
            "file=mala/otra.flow.yaml,line=2,col=1,title=missing-target",
            "there is no step 'b'. Name a step of this flow",
        ),
    ]


def test_lint_as_json_is_a_list_also_when_it_is_empty(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "lint", form="json")
    assert code == 1
    assert json.loads(told)[1] == {
        "file": "mala/otra.flow.yaml",
        "line": 2,
        "column": 1,
        "code": "missing-target",
        "message": "there is no step 'b'",
        "fix": "Name a step of this flow",
    }
    assert run(capsys, "lint", Path("buena"), form="json") == (0, "[]\n")


def test_lint_against_an_older_copy_looks_after_who_is_in_it(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older = flows.parent / f"{flows.name}_older" / "buena"
    older.mkdir(parents=True)
    (older / "_globals.yaml").write_text(WORDS)
    asks = "{ask: q, as: {type: text}, give_up: fin, expire: {after: 20h, to: fin}}"
    (older / "inicio.flow.yaml").write_text(GOOD.replace("{say: Hola}", asks))
    (flows / "buena" / "inicio.flow.yaml").write_text(GOOD.replace("start: a", "migrate: {}\nstart: a"))
    for against in (older, older.parent):
        code, told = run(capsys, "lint", Path("buena"), against=against)
        assert code == 1
        assert "people wait at 'a', and 'a' is of another kind [migrate]" in told


def test_coverage_lists_what_is_missed_and_can_fail(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "coverage", pack="buena", fail_under=100)
    assert (code, told.splitlines()[-1]) == (0, "buena, all of it: 2 of 2 steps (100 %), no ways to choose")
    (flows / "buena" / "inicio.flow.yaml").write_text(GOOD + "  otro: {end: otro}\n")
    code, told = run(capsys, "coverage", pack="buena", fail_under=95)
    assert code == 1
    assert told.splitlines() == [
        "buena/inicio.flow.yaml:6: the step 'otro'",
        "inicio: 2 of 3 steps (67 %), no ways to choose",
        "buena, all of it: 2 of 3 steps (67 %), no ways to choose",
    ]
    assert run(capsys, "coverage", pack="buena", fail_under=60)[0] == 0


def test_graph_colours_what_transcripts_pass_through(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "graph", "inicio", pack="buena")
    assert code == 0
    assert "    class a,fin tested\n" in told


def test_diff_tells_what_changes(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "mala" / "otra.flow.yaml").unlink()
    code, told = run(capsys, "diff", Path("buena"), Path("mala"))
    assert (code, told) == (0, "inicio: only what is said in passing changes, for who begins from now on.\n")
