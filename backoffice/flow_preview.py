"""A conversation with a draft, as the person's phone shows it: the pure step, made-up actions, the channel's renderer.

Nothing is stored and nothing is sent: the whole conversation is played again from what was said so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from backoffice.draw import taps, words
from backoffice.runtime import LIMITS
from bot.action_specs import SPECS
from bot.effects import Ended, HandOver
from bot.events import Said
from bot.facts import Facts
from bot.language.compiled import Act, Flow, Question
from bot.language.library import Library
from bot.tooling.player import Player, facts_on
from bot.transcript import Transcript
from channels.render import render
from core.threads.content import Content, Prompt, Reply, Template, Text
from core.threads.outbound import Wire

MOST = 60
"""Things said in one preview."""


@dataclass(frozen=True, slots=True)
class Did:
    """What happens next: the person writes, or taps (an id that was shown), or time passes (seconds)."""

    kind: Literal["said", "tapped", "waited"]
    text: str = ""
    id: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """Something to tap; `about` is a list row's second line."""

    id: str
    title: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """`who` is the person, the bot, or a note of what happened. `widget`: buttons, list (behind `opener`) or keys."""

    who: Literal["person", "bot", "note"]
    text: str
    widget: Literal["", "buttons", "list", "keys"] = ""
    opener: str = ""
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: `step` None: at the flow's beginning; `flow` None: the person writes first."""

    flow: str | None = None
    step: str | None = None


@dataclass(slots=True)
class _Talk:
    player: Player
    channel: str
    bubbles: list[Bubble] = field(default_factory=list)
    shown: int = 0

    def tell(self, effects: Sequence[object]) -> None:
        """What was sent since, and what the person would not see."""
        for one in self.player.shown[self.shown :]:
            self.bubbles += bubbles(self.channel, one.content)
        self.shown = len(self.player.shown)
        for effect in effects:
            match effect:
                case HandOver(error=str() as error):
                    self.bubbles.append(Bubble("note", f"Aquí el bot se detiene: {error}"))
                case HandOver(team=team):
                    self.bubbles.append(
                        Bubble("note", f"La conversación pasa a una persona{f' ({team})' if team else ''}.")
                    )
                case Ended(outcome=outcome):
                    self.bubbles.append(Bubble("note", f"Fin: {outcome}"))


def talk(
    library: Library, facts: Facts, now: datetime, start: Start, did: Sequence[Did], examples: Sequence[Transcript]
) -> list[Bubble]:
    """The conversation so far."""
    player = Player(library, facts_on(facts, facts.channel), now)
    talk = _Talk(player, facts.channel)
    flow = library.current(start.flow) if start.flow else None
    if flow is not None:
        step = start.step if start.step in flow.steps else flow.start
        given = samples(flow, examples, whole=step != flow.start)
        talk.tell(player.begin_at(flow.name, step, given))
    for one in did:
        if one.kind == "waited":
            talk.bubbles.append(Bubble("note", f"Pasan {_span(one.seconds)}."))
            talk.tell(player.pass_time(timedelta(seconds=one.seconds)))
            continue
        content = _reply(player, one) if one.kind == "tapped" else Text(one.text)
        talk.bubbles.append(Bubble("person", one.text))
        talk.tell(player.feed(Said(content)))
    return talk.bubbles


def _span(seconds: int) -> str:
    return f"{seconds // 3600} h" if seconds >= 3600 else f"{seconds // 60} min"


def _reply(player: Player, did: Did) -> Content:
    """The tap as it was; where the edited draft shows other ids, the option of the same words, or the words."""
    shown = {
        f"{one.content.token}:{option.id}"
        for one in player.shown
        if isinstance(one.content, Prompt | Template)
        for option in one.content.options
    }
    token, _, option = did.id.rpartition(":")
    if did.id in shown or (option.startswith("+") and token):
        return Reply(did.id, did.text)
    return player.tap(did.text) or Text(did.text)


def bubbles(channel: str, content: Content) -> list[Bubble]:
    """A content as the channel's own messages."""
    if isinstance(content, Template):
        keys = tuple(Key(f"{content.token}:{one.id}", one.label) for one in content.options)
        return [Bubble("bot", content.text, "buttons" if keys else "", "", keys)]
    return [_bubble(wire) for wire in render(content, LIMITS[channel])]


def _bubble(wire: Wire) -> Bubble:
    text = words(wire)
    keys = tuple(Key(id_, title) for id_, title in taps(wire))
    if wire.type == "interactive_buttons":
        return Bubble("bot", text, "buttons", "", keys)
    if wire.type == "interactive_list":
        action = wire.body["action"]
        rows = [row for section in action["sections"] for row in section["rows"]]
        keys = tuple(Key(row["id"], row["title"], row.get("description") or "") for row in rows)
        return Bubble("bot", text, "list", action["button"], keys)
    if keys:
        return Bubble("bot", text, "keys", "", keys)
    if below := [key["text"] for row in wire.body.get("reply_markup", {}).get("keyboard", ()) for key in row]:
        return Bubble("bot", text, "keys", "", tuple(Key("", title) for title in below))
    if wire.type in ("text", "sendMessage"):
        return Bubble("bot", text)
    kind = {"location": "ubicación", "document": "archivo", "image": "imagen", "template": "plantilla"}
    name = wire.type.removeprefix("send").lower()
    return Bubble("bot", f"({kind.get(name, name)}) {text}".strip())


def samples(flow: Flow, examples: Sequence[Transcript], *, whole: bool) -> dict[str, Any]:
    """Made-up values to begin with: those of the pack's examples, else any of the variable's type.

    `whole`: of every variable, to begin in the middle; otherwise only of the parameters the flow needs.
    """
    known: dict[str, Any] = {}
    for example in examples:
        if (example.start or "").partition(".")[0] == flow.name:
            known = {**example.given, **known}
    wanted = flow.vars if whole else flow.required
    found = {name: known.get(name, _sample(flow, name)) for name in wanted}
    return {name: value for name, value in found.items() if value is not None}


_SAMPLES: Mapping[str, Any] = {
    "text": "algo", "name": "Ana Torres", "yes_no": True, "number": 2, "age": 34, "birth_date": "1990-05-12",
    "money": {"amount": 5000000, "currency": "COP"}, "phone": "+573001234567", "email": "ana@ejemplo.com", "scale": 5,
    "when": {"kind": "datetime", "start": "2027-03-12T16:00", "end": None, "hours": None, "text": "el viernes a las 4"},
}  # fmt: skip


def _sample(flow: Flow, name: str) -> Any:
    for step in flow.steps.values():
        if isinstance(step, Act) and step.into == name and step.action in SPECS:
            return dict(SPECS[step.action].sample[1])
        if isinstance(step, Question) and step.into == name and step.options:
            return [step.options[0].id] if step.multi else step.options[0].id
    return _SAMPLES.get(flow.vars[name].type)
