"""Talk to a pack in the terminal: what the bot would send, drawn for a channel; simulated actions, time at hand."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.effects import AlertStaff, Effect, Ended, HandOver, LanguageSet, RunAction, VarSet
from bot.facts import Facts
from bot.language.library import Library
from bot.tooling.inputs import play_line
from bot.tooling.player import Player, facts_on, plain_render
from bot.tooling.recording import head_line, turn_lines
from bot.transcript import Line, TranscriptWrong
from core.threads.content import Content

HELP = """Write what the person would say. Besides:
  [Botox]           tap an option of the newest message that has it; [^Botox] of the one before
  (voice) (image: a caption) (location) (contact +525512345678)    send a file, a place, a contact card
  👍                react to the bot's last message
  "?"  "+20m"       say exactly this, whatever it would mean here
  +20m              let time pass (90s, 20m, 6h, 2d); what falls due happens, in order
  ! leads.qualify -> warm {"score": 50}    from now on this action ends so
  ! taken  ! release                       the staff takes the thread, gives it back
  ! start FLOW {"variable": "value"}       somebody else starts a flow
  ~ touch {"kind": "ctwa", "headline": "Promo"}    the next message comes by this ad or link
  ?vars             where the conversation stands, its variables, what happens next by itself
  ?undo             take the last line back
  ?save NAME        keep the conversation as a transcript test
  ?quit             leave"""
_TIME = re.compile(r"\+\s*\d{1,5}\s*[a-z]*")


def _plain(contents: Sequence[Content]) -> str:
    return "\n".join(plain_render("plain", content) for content in contents)


def _no_pages(_: Content) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Screen:
    """How messages look, and what can be tapped in one besides its options (title → id: «Ver más» → `+9`)."""

    draw: Callable[[Sequence[Content]], str] = _plain
    pages: Callable[[Content], Mapping[str, str]] = _no_pages


@dataclass(slots=True)
class _Session:
    """`played` are the lines taken so far, `kept` what each of them is in a transcript."""

    start: Player
    player: Player
    played: list[Line] = field(default_factory=list)
    kept: list[list[str]] = field(default_factory=list)


def simulate(
    library: Library,
    facts: Facts,
    now: datetime,
    read: Callable[[], str | None],
    write: Callable[[str], None],
    screen: Screen = Screen(),
    save: Callable[[str, str], None] | None = None,
) -> Player:
    """A conversation until `read` gives None or `?quit`. `save(name, text)` is asked to keep a transcript."""
    known, begun = facts_on(facts, facts.channel), now.replace(second=0, microsecond=0)
    session = _Session(Player(library, known, begun), Player(library, known, begun))
    write("Write to the bot; ? shows what else there is.")
    while (line := read()) is not None:
        line = " ".join(line.split())
        if line in ("?quit", "?exit"):
            break
        if line.startswith("?"):
            _command(session, line, write, save)
        elif line:
            _take(session, line, write, screen)
    return session.player


def _command(
    session: _Session, line: str, write: Callable[[str], None], save: Callable[[str, str], None] | None
) -> None:
    word, _, rest = line.partition(" ")
    if word in ("?", "?help"):
        write(HELP)
    elif word == "?vars":
        write(_standing(session.player))
    elif word == "?undo":
        _undo(session, write)
    elif word == "?save" and rest and save is not None:
        head = head_line(session.start.library.globals.start, session.start.facts, session.start.now)
        save(rest, "\n".join([head, "", *(line for lines in session.kept for line in lines)]) + "\n")
    elif word == "?save":
        write("  ?! say under which name: ?save precios.chat")
    else:
        write(f'  ?! there is no {word}; ? shows what there is. To say it to the bot write it in quotes: "{line}"')


def _undo(session: _Session, write: Callable[[str], None]) -> None:
    """Play everything but the last line again: nothing here depends on anything else."""
    if not session.played:
        write("  ?! nothing has been said yet")
        return
    undone = session.played.pop()
    session.kept.pop()
    session.player = Player(session.start.library, session.start.facts, session.start.now)
    for line in session.played:
        play_line(session.player, line)
    write(f"  taken back: {undone.mark} {undone.text}\n{_standing(session.player)}")


def _take(session: _Session, line: str, write: Callable[[str], None], screen: Screen) -> None:
    player = session.player
    before, fired, known = len(player.shown), len(player.fired), dict(player.vars)
    mark = line[0] if line[0] in "!~" or _TIME.fullmatch(line) else ">"
    text = line if mark == ">" else line[1:].replace(" ", "") if mark == "+" else line[1:].strip()
    text = _page(player, text, screen)
    try:
        effects = play_line(player, Line(len(session.played) + 1, mark, text))
    except (TranscriptWrong, ValueError, KeyError) as wrong:
        write(f"  ?! {wrong}")
        return
    said = [shown.content for shown in player.shown[before:]]
    changed = {name: value for name, value in player.vars.items() if known.get(name) != value}
    session.played.append(Line(len(session.played) + 1, mark, text))
    session.kept.append(turn_lines(mark, text, player.facts.channel, said, effects, changed))
    if mark == "+":
        _tell_time(player, fired, said, write, screen)
    elif said:
        write(screen.draw(said))
    elif mark == ">":
        write("  (the bot says nothing)")
    for effect in effects:
        if told := _told(effect):
            write(f"  · {told}")


def _page(player: Player, text: str, screen: Screen) -> str:
    """`[Ver más]` as the transcript writes it: the option that shows the next page."""
    if not (text.startswith("[") and text.endswith("]")) or player.tap(text[1:-1]) is not None:
        return text
    newest = next((shown.content for shown in reversed(player.shown) if screen.pages(shown.content)), None)
    found = screen.pages(newest).get(text[1:-1]) if newest is not None else None
    return f"[{found}]" if found else text


def _tell_time(player: Player, fired: int, said: list[Content], write: Callable[[str], None], screen: Screen) -> None:
    """Everything that fell due, with its time, and what comes next."""
    rest = list(said)
    for one in player.fired[fired:]:
        write(f"  {one.at.astimezone(player.now.tzinfo):%a %d, %H:%M}  {one.meaning} ({one.place})")
        mine, rest = rest[: one.messages], rest[one.messages :]
        if mine:
            write(screen.draw(mine))
    nothing = "" if player.fired[fired:] else "nothing fell due; "
    write(f"  {player.now:%a %d, %H:%M}  {nothing}{_next(player)}")


def _next(player: Player) -> str:
    coming = player.next_timer
    if coming is None:
        return "nothing more happens by itself"
    return f"next in {_span(coming[0] - player.now)}: {coming[1]}"


def _span(delta: timedelta) -> str:
    minutes, seconds = divmod(int(delta.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}h"] * (hours > 0) + [f"{minutes}m"] * (minutes > 0) + [f"{seconds}s"] * (seconds > 0)
    return " ".join(parts) or "0s"


def _told(effect: Effect) -> str | None:
    match effect:
        case HandOver(team=team, summary=summary, error=error):
            details = "; ".join(f"{label}: {value}" for label, value in summary)
            return f"handover {team} {details}".rstrip() + (f" ERROR {error}" if error else "")
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
    owner = "  (a person has the thread)" if player.state is not None and player.state.handed else ""
    lines = [f"  {player.now:%a %d, %H:%M}  {player.place or 'nothing is open'}{owner}"]
    lines += [f"  {name} = {json.dumps(value, ensure_ascii=False)}" for name, value in player.vars.items()]
    return "\n".join([*lines, f"  {_next(player)}"])
