"""docs/flows.md: every YAML block compiles, the complete example lints clean and its transcript plays."""

import re
from pathlib import Path

import pytest
import yaml

from backoffice.draw import draw
from backoffice.runtime import LIMITS
from bot.action_specs import SPECS
from bot.language.library import load_pack, read_flow
from bot.language.model import STEP_MODELS, AnswerModel
from bot.language.predicate import OPERATORS
from bot.language.template import FACTS, FILTERS, SPECIAL
from bot.lint import lint
from bot.tooling.transcripts import run_transcripts

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(yaml|chat)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FRAGMENTS = [text for kind, name, text in BLOCKS if kind == "yaml" and not name]
FILES = {name: text for _, name, text in BLOCKS if name}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "i18n").mkdir()
    for name, text in FILES.items():
        (tmp_path / ("tests" if name.endswith(".chat") else ".") / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_complete_example_has_no_problem(pack: Path) -> None:
    library = load_pack(pack)
    assert set(library.flows) == {"inicio", "precios", "persona", "baja"}
    assert [str(problem) for problem in lint(library, LIMITS.values())] == []


def test_its_transcript_plays_on_both_channels(pack: Path) -> None:
    report = run_transcripts([pack], load_pack(pack), draw)
    assert [(result.channel, result.failures) for result in report.results] == [("whatsapp", ()), ("telegram", ())]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_fragment_compiles(fragment: str) -> None:
    steps = "\n".join(f"  {line}" for line in fragment.splitlines())
    first = next(iter(yaml.safe_load(fragment)))
    assert read_flow(f"flow: ejemplo\nstart: {first}\nsteps:\n{steps}\n").steps


def table_after(heading: str) -> str:
    return PAGE.split(f"\n{heading}\n")[1].split("\n#")[0]


def test_the_page_names_all_there_is() -> None:
    steps = {next(kind for kind in STEP_MODELS if kind in data) for text in FRAGMENTS for data in steps_of(text)}
    assert steps == set(STEP_MODELS)
    answers = table_after("### Answers")
    kinds = AnswerModel.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    assert [kind for kind in kinds if f"| `{kind}` |" not in answers] == []
    assert [name for name in SPECS if f"`{name}`" not in table_after("## Actions")] == []
    for spec in SPECS.values():
        assert [field for field in spec.args.model_fields if field not in table_after("## Actions")] == []
        assert [outcome for outcome in spec.outcomes if f"`{outcome}" not in table_after("## Actions")] == []
    templates = table_after("## Templates")
    assert [name for name in (*FILTERS, *SPECIAL) if f"`{name}" not in templates] == []
    assert [fact for fact in FACTS if fact.rpartition(".")[2] not in templates] == []
    assert [name for name in OPERATORS if not re.search(rf"\b{name}\b", table_after("## Conditions"))] == []


def steps_of(fragment: str) -> list[dict[str, object]]:
    return list(yaml.safe_load(fragment).values())
