"""`hilo flow sim`: a whole talk in a terminal, kept beside the pack's transcripts, passes `hilo flow test`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import cli_flow_sim
from backoffice.cli_flow import test as flow_test

FLOWS = Path(__file__).parents[2] / "flows"


@pytest.fixture
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped packs."""
    copy = tmp_path / "flows"
    shutil.copytree(FLOWS, copy)
    monkeypatch.setenv("HILO_FLOWS_DIR", str(copy))
    return copy


def simulated(monkeypatch: pytest.MonkeyPatch, *lines: str, **options: str) -> None:
    given: Iterator[str | None] = iter([*lines, None])
    monkeypatch.setattr(cli_flow_sim, "_read", lambda: next(given))
    cli_flow_sim.sim("estetica", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "plain", "all"])
def test_a_talk_kept_by_name_passes_at_once(
    channel: str, flows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = ["hola", "[Pedir valoración]", "Ana", "+20m", "[Botox]", "34", "no", "! leads.assign -> nobody", "sí",
            "[Este mes]", "omitir", "+31m", "! release"]  # fmt: skip
    simulated(monkeypatch, *talk, f"?save ../../charla_{channel}", channel=channel)
    chat = flows / "estetica" / "tests" / f"charla_{channel}.chat"
    assert f"saved as {chat}; it passes" in capsys.readouterr().out
    flow_test(chat)
    assert capsys.readouterr().out == "1 passed, 0 failed\n"
    assert f"channel: {'whatsapp' if channel == 'all' else channel}  now: " in chat.read_text()


def test_a_transcript_is_never_written_over(
    flows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated(monkeypatch, "hola", "?save a", "hola", "?save a")
    assert "is there already: choose another name" in capsys.readouterr().out
    assert (flows / "estetica" / "tests" / "a.chat").read_text().count("> hola") == 1


def test_all_channels_are_drawn_with_their_own_widgets(
    flows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    simulated(monkeypatch, "hola", channel="all")
    told = capsys.readouterr().out
    for part in (
        "WhatsApp",
        "Telegram",
        "Plain text",
        "[ Ver opciones ▾ ]",
        "[ Mis citas ] [ Precios ]",
        "7. Una persona",
    ):
        assert part in told
