"""What every shipped pack must be: free of lint, its revisions stable, its graph drawable."""

from pathlib import Path

from bot.language import Library, compile_revision
from bot.lint import lint
from bot.tooling import graph
from channels.telegram import LIMITS as TELEGRAM
from channels.whatsapp import LIMITS as WHATSAPP


def test_a_shipped_pack_has_no_lint(pack: Library) -> None:
    assert [str(problem) for problem in lint(pack, [WHATSAPP, TELEGRAM])] == []


def test_a_shipped_flow_is_the_same_flow_after_being_stored(pack: Library) -> None:
    for flow in pack.flows.values():
        stored = compile_revision(flow.canonical)
        assert stored.revision == flow.revision
        assert list(stored.steps) == list(flow.steps)


def test_a_shipped_flow_draws_every_step(pack: Library) -> None:
    for flow in pack.flows.values():
        drawn = graph(flow)
        assert drawn.startswith("flowchart TD\n")
        assert all(step in drawn for step in flow.steps)


def test_flows_hold_data_only(pack_path: Path) -> None:
    assert {path.suffix for path in pack_path.rglob("*") if path.is_file()} <= {".yaml", ".chat"}
