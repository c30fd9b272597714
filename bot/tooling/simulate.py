"""Talk to a pack in the terminal: what the bot would send, drawn for a channel; simulated actions, time at hand."""

import json
from collections.abc import Callable
from datetime import datetime

from bot.effects import AlertStaff, Effect, Ended, HandOver, LanguageSet, RunAction, VarSet
from bot.facts import Facts
from bot.language.library import Library
from bot.tooling.inputs import play_line
from bot.tooling.player import Player, Render, plain_render
from bot.transcript import Line, TranscriptWrong

HELP = """Escribe lo que diría la persona. Además:
  [Botox]            toca una opción          (voice) (image: texto) (location) (contact +52…)   manda un archivo
  👍                 reacciona al último mensaje
  +20m               pasa el tiempo           ! leads.qualify -> warm {"score": 50}   fija el resultado de una acción
  ! release          el equipo devuelve       ! taken   el equipo toma la conversación
  ?                  muestra las variables    ?save archivo.chat   guarda la conversación como guion
  ?quit              termina"""


def simulate(
    library: Library,
    facts: Facts,
    now: datetime,
    read: Callable[[], str | None],
    write: Callable[[str], None],
    render: Render = plain_render,
    save: Callable[[str, str], None] | None = None,
) -> Player:
    """A conversation until `read` gives None or `?quit`. `save(name, text)` is asked to keep a transcript."""
    player = Player(library, facts, now)
    kept: list[str] = []
    write(HELP)
    while (line := read()) is not None:
        line = line.strip()
        if line in ("?quit", "?exit"):
            break
        if not line:
            continue
        if line.startswith("?save ") and save is not None:
            head = f"flow: {library.globals.start}  channel: {facts.channel}  now: {now.isoformat()}"
            save(line.removeprefix("?save ").strip(), "\n".join([head, "", *kept]) + "\n")
        elif line.startswith("?"):
            write(_standing(player) if line == "?" else HELP)
        else:
            _take(player, line, write, render, kept)
    return player


def _take(player: Player, line: str, write: Callable[[str], None], render: Render, kept: list[str]) -> None:
    before = len(player.shown)
    try:
        mark = line[0] if line[0] in "!~" or (line[0] == "+" and line[-1] in "smhd") else ">"
        text = line[1:].strip() if mark != ">" else line
        kept.append(f"{mark} {text}")
        effects = play_line(player, Line(len(kept), mark, text))
    except (TranscriptWrong, ValueError, KeyError) as wrong:
        kept.pop()
        write(f"  ?! {wrong}")
        return
    for shown in player.shown[before:]:
        write(render(player.facts.channel, shown.content))
        kept.append("< " + " ".join(plain_render(player.facts.channel, shown.content).split()))
    for effect in effects:
        if told := _told(effect):
            write(f"  · {told}")


def _told(effect: Effect) -> str | None:
    match effect:
        case HandOver(team=team, summary=summary, error=error):
            details = "; ".join(f"{label}: {value}" for label, value in summary)
            return f"handover {team} {details}" + (f" ERROR {error}" if error else "")
        case RunAction(name=name, args=args):
            return f"action {name} {json.dumps(args, ensure_ascii=False)}"
        case LanguageSet(language=language):
            return f"language: {language}"
        case VarSet(name=name, value=value):
            return f"{name} = {json.dumps(value, ensure_ascii=False)}"
        case AlertStaff(reason=reason):
            return f"alert: {reason}"
        case Ended(flow=flow, outcome=outcome):
            return f"end of {flow}: {outcome}"
    return None


def _standing(player: Player) -> str:
    state = player.state
    if state is None or not state.stack:
        return "  nothing is open"
    frames = " > ".join(f"{frame.flow}.{frame.step}" for frame in state.stack)
    return f"  {player.now.isoformat()}  {frames}\n  {json.dumps(player.vars, ensure_ascii=False)}"
