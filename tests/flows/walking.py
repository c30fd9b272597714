"""One person and the bot, anything at all happening between them, on the pure step. See `test_random_walks.py`.

A walk is a list of (move, pick): `pick` is the seed of everything the move chooses, so that Hypothesis can leave moves
out without changing what the others do.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.action_specs import SPECS
from bot.actions import checked
from bot.announces import FLOWS as NOTICED
from bot.effects import CancelTimers, Effect, RunAction, Send, SetTimer
from bot.events import ActionDone, Emoted, Event, FlowStarted, Released, Said, TimerFired
from bot.facts import Facts
from bot.language import Library, load_pack
from bot.language.compiled import Flow, Question
from bot.state import State, from_json, to_json
from bot.step import StepResult, step, step_into, taken_over
from bot.tooling import pack_facts
from bot.tooling.player import facts_on
from core.threads.content import (
    Card,
    Cards,
    Content,
    Form,
    Location,
    Media,
    Order,
    Prompt,
    Reply,
    Template,
    Text,
    Unsupported,
)
from tests.flows.found_values import example, rarely_found

FLOWS = Path(__file__).parents[2] / "flows"
EVERY_KIND = Path(__file__).parent / "every_kind"
PACKS = {path.parent.name: path.parent for path in sorted(FLOWS.glob("*/_globals.yaml"))} | {"every_kind": EVERY_KIND}
"""The shipped packs, and one of ours with every kind of answer."""
NOW = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
CHANNELS = ("whatsapp", "telegram", "plain")
ACTIONS_IN_A_ROW = 12

ANSWERS: dict[str, list[str]] = {
    "name": ["Ana López", "soy caro pérez, gracias"],
    "text": ["me gustaría mejorar la piel", "gracias"],
    "number": ["34", "unos treinta"],
    "phone": ["55 1234 5678", "este"],
    "email": ["ana@gmail.com", "ana@gmial.com"],
    "yes_no": ["sí", "no", "dale", "1"],
    "scale": ["2"],
    "age": ["34", "17", "cumplo 35 en mayo"],
    "birth_date": ["12/05/1990"],
    "money": ["1500", "500 mil"],
    "when": ["mañana a las 5 de la tarde", "el viernes", "a las 7", "el próximo martes", "entre las 3 y las 5", "17/3"],
    "media": [],
}
"""What answers each kind of question; a file answers `media`."""
VALUES: dict[str, Any] = {
    "text": "hola", "name": "Ana", "choice": "otro", "yes_no": True, "number": 3, "age": 34,
    "any": {"headline": "Promo"},
    "phone": "+525512345678", "email": "ana@gmail.com", "birth_date": "1990-05-12", "scale": 2,
    "when": {"kind": "date", "value": "2026-03-20"},
    "money": {"amount": 150000, "currency": "MXN"}, "list": [{"id": "1", "name": "Ana"}], "ref": {"id": "1"},
}  # fmt: skip
"""What a flow started by somebody else is given, by the type of its parameter."""


def _kinds(flow: str) -> list[str]:
    """What the agenda gives this flow as `tipo`."""
    return [kind for kind, said in NOTICED.items() if said == flow] or list(NOTICED)


SAID = {
    "junk": ["", "   ", "????", "zxqw", "🤷", "0", "999999999999", "a" * 3000, "{nombre}", "no sé", "sí y no", "@",
             "\x00", "+", "ﷺ", "Z͑ͫ̓a̴l̛g̈o", "👩‍👩‍👧‍👦" * 400, "\u202eabc", "٣٤", "½", "*_~", "[Botox]"],
    "word": ["menú", "volver", "cancelar", "ayuda", "asesora", "baja", "alta", "cambiar", "stop", "bolver"],
    "soft": ["¿cuánto cuesta?", "dónde están?", "qué horario tienen", "cuidados", "cuanto bale"],
    "courtesy": ["gracias", "ok", "🙏", "hola", "jaja"],
    "edit": ["cambiar nombre", "cambiar tratamiento", "cambiar edad", "cambiar xyz"],
    "language": ["english please", "em português", "¿hablan español?", "en francés"],
    "later": ["después te digo", "ahora no puedo"],
}  # fmt: skip
FILES: list[Content] = [
    Media("voice", "f1"), Media("image", "f2", caption="mira"), Media("image", "f3"), Media("video", "f4"),
    Media("audio", "f5"), Media("animation", "f6"), Media("document", "f7", filename="a.pdf", caption="baja"),
    Media("document", problem="too big"), Media("sticker", "f8"),
    Location(1.0, 2.0), Location(1.0, 2.0, "Casa", "Calle 1"),
    Cards((Card("Ana", ("+525512345678",)),)), Cards((Card("Ana", ("+525512345678", "+525512345679"), own=True),)),
    Cards((Card("Ana"),)), Cards(()), Unsupported("poll"), Form("{"), Form("{}", {"a": 1}), Order("c", ()),
]  # fmt: skip
ODD_TAPS = ["zz:botox", "x", ":", "ñ:1", "1:~human", "1:+9", "²:a", "z" * 9000 + ":a", "0:", "1:~edit.nombre"]
ENGINES = [
    "~human",
    "~stay",
    "~all",
    "~resume",
    "~drop",
    "~use",
    "~as_is",
    "~take",
    "~other",
    "~pick.0",
    "~pick.9",
    "~",
]
"""Options of the engine's own, tapped when nobody offers them."""
EMOJI = ["👍", "👎", "❤️", None, "🤷"]
MOVES = [
    *["answer"] * 6, *["tap"] * 3, "typo", "media", "stale", "unknown_tap", "engines_tap", "page", "timer", "timer",
    "old_timer", "duplicate", "reaction", "release", "taken", "taken_while_acting", "touch", "start", "hours", *SAID,
]  # fmt: skip


@cache
def loaded(name: str) -> tuple[Library, Facts]:
    facts = (
        pack_facts(PACKS[name] / "tests") if PACKS[name] != EVERY_KIND else Facts({"name": "Lumina", "country": "MX"})
    )
    return load_pack(PACKS[name]), facts


def flow_names() -> list[str]:
    """Every shipped flow, as pack/flow."""
    return [f"{name}/{flow}" for name in PACKS for flow in loaded(name)[0].flows]


def worlds(facts: Facts) -> list[Facts]:
    """What the organization and the person may be: all told, closed, next to nothing known, opted out."""
    bare = Facts({"name": facts.org.get("name", "Lumina")}, {})
    opted_out = replace(facts, contact={**facts.contact, "opted_out": True, "name": "Ana"})
    return [facts, replace(facts, org={**facts.org, "open": False}), bare, opted_out]


@dataclass(frozen=True, slots=True)
class Stepped:
    """One call of the step. `owned`: a member of the staff has the thread, rather than the bot having offered it."""

    event: Event
    before: State | None
    after: State
    effects: tuple[Effect, ...]
    now: datetime
    owned: bool

    @property
    def sends(self) -> list[Content]:
        return [effect.content for effect in self.effects if isinstance(effect, Send)]


@dataclass(frozen=True, slots=True)
class Turn:
    """What happened and all it led to: the first step and those of the actions it ran."""

    steps: tuple[Stepped, ...]

    @property
    def event(self) -> Event:
        return self.steps[0].event

    @property
    def before(self) -> State | None:
        return self.steps[0].before

    @property
    def effects(self) -> list[Effect]:
        return [effect for one in self.steps for effect in one.effects]


Step = Callable[[Library, Facts, State | None, Event, datetime], StepResult]
Check = Callable[["Walk", Turn], None]


class Walk:
    """`take` makes something happen; every turn goes through `checks`. `step` can be another one, to see them fail."""

    def __init__(
        self, library: Library, facts: Facts, channel: str = "whatsapp", checks: Sequence[Check] = (), take: Step = step
    ) -> None:
        self.library, self.facts, self.checks, self.take = library, facts_on(facts, channel), checks, take
        self.random = random.Random(0)
        self.state: State | None = None
        self.now = NOW
        self.owned = self.taken_while_acting = False
        self.timers: dict[str, datetime] = {}
        self.old_timers: list[str] = ["zz.zz"]
        self.prompts: list[Prompt | Template] = []
        self.last_action = ActionDone("none:none", "ok")
        self.visited: set[tuple[str, str]] = set()
        self.picked: dict[tuple[str, str], int] = {}

    # what happens

    def begin(self, flow: str) -> None:
        """The flow is started by somebody else, or (the pack's first) by the person."""
        if flow == self.library.globals.start and self.random.random() < 0.7:
            self.happen(Said(Text(self.random.choice(["hola", "Botox", "quiero una cita"]))))
            return
        compiled = self.library.flows[flow]
        given = self.given(compiled)
        entries = list(compiled.entry.values())
        if entries and self.random.random() < 0.5:
            entry = self.random.choice(entries)
            stepped = step_into(self.library, self.facts, flow, entry, given, self.now)
            self.follow(FlowStarted(flow, given), None, stepped)
        else:
            self.happen(FlowStarted(flow, given))

    def given(self, flow: Flow) -> dict[str, Any]:
        """What whoever starts it gives a flow."""
        found = {name: VALUES[flow.vars[name].type] for name in flow.required}
        return found | {name: self.random.choice(_kinds(flow.name)) for name in flow.required & {"tipo"}}

    def happen(self, event: Event) -> Turn:
        return self.follow(event, self.state, self.take(self.library, self.facts, self.state, event, self.now))

    def follow(self, event: Event, before: State | None, result: StepResult) -> Turn:
        """Everything an event leads to, its actions run at once."""
        steps: list[Stepped] = []
        events: list[Event] = []
        while True:
            steps.append(Stepped(event, before, result.state, result.effects, self.now, self.owned))
            self.state = from_json(to_json(result.state))
            self.note(result.effects)
            events += [self.acted(run) for run in result.effects if isinstance(run, RunAction)]
            if not events or len(steps) > ACTIONS_IN_A_ROW:
                break
            if self.taken_while_acting:
                self.take_over()
            event, before = events.pop(0), self.state
            result = self.take(self.library, self.facts, before, event, self.now)
        self.taken_while_acting = False
        turn = Turn(tuple(steps))
        for check in self.checks:
            check(self, turn)
        return turn

    def note(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(content=Prompt() | Template(options=[_, *_]) as prompt):
                    self.prompts.append(prompt)
                case CancelTimers():
                    self.old_timers += self.timers
                    self.timers = {}
                case SetTimer(token=token, at=at):
                    self.timers[token] = at
        for frame in self.state.stack if self.state else ():
            self.visited.add((frame.flow, frame.step))

    def acted(self, run: RunAction) -> ActionDone:
        spec = SPECS[run.name]
        spec.args.model_validate(run.args)
        name, sample = spec.sample
        outcome = self.random.choice([name, *spec.all_outcomes])
        model = spec.all_outcomes[outcome]
        given: dict[str, Any] = dict(sample) if model is spec.all_outcomes[name] else example(model)
        if self.random.random() < 0.3:
            given |= rarely_found(model, given)
        value = checked(spec, outcome, given if outcome != "error" else {"message": "simulated"})
        self.last_action = ActionDone(run.key, outcome, value)
        return self.last_action

    def take_over(self) -> None:
        """The turn of a takeover forgets the timers."""
        self.state, self.owned = taken_over(self.state), True
        self.old_timers += self.timers
        self.timers = {}

    # the moves

    def move(self, move: str, pick: int) -> Turn | None:
        """One thing that happens; what cannot happen now is a tap on something unknown instead."""
        self.random = random.Random(pick)
        if move in SAID:
            return self.happen(Said(Text(self.random.choice(SAID[move]))))
        absent = (move in ("tap", "stale", "page") and not self.prompts) or (move == "timer" and not self.timers)
        if absent or (move == "old_timer" and self.owned):  # a takeover forgot it: the turn never steps such a timer
            move = "unknown_tap"
        moves: dict[str, Callable[[], Turn | None]] = {
            "answer": lambda: self.happen(Said(self.answer())),
            "typo": lambda: self.happen(Said(self.typo())),
            "media": lambda: self.happen(Said(self.random.choice(FILES))),
            "tap": lambda: self.happen(Said(self.tap(self.prompts[-1]))),
            "stale": lambda: self.happen(Said(self.tap(self.random.choice(self.prompts)))),
            "unknown_tap": lambda: self.happen(Said(Reply(self.random.choice(ODD_TAPS), "Viejo"))),
            "engines_tap": lambda: self.happen(Said(Reply(self.engines(), "Viejo"))),
            "page": lambda: self.happen(Said(Reply(self.page(), "Ver más"))),
            "timer": self.timer,
            "old_timer": lambda: self.happen(TimerFired(self.random.choice(self.old_timers))),
            "duplicate": lambda: self.happen(self.last_action),
            "reaction": lambda: self.happen(Emoted(self.random.choice(EMOJI), latest=self.random.random() < 0.7)),
            "release": self.release,
            "taken": lambda: self.take_over(),
            "taken_while_acting": lambda: setattr(self, "taken_while_acting", True),
            "touch": self.touch,
            "start": self.start,
            "hours": self.hours,
        }
        return moves[move]()

    def question(self) -> Question | None:
        if self.state is None or not self.state.stack:
            return None
        frame = self.state.stack[-1]
        flow = self.library.revision(frame.revision)
        asked = flow.steps.get(frame.step) if flow else None
        return asked if isinstance(asked, Question) else None

    def answer(self) -> Content:
        """A good answer to the open question, in one of the ways people give it."""
        question = self.question()
        wait = self.state.stack[-1].wait if self.state and self.state.stack else None
        if question is None or wait is None:
            return Text("hola")
        if wait.offer and self.random.random() < 0.6:
            return Reply(f"{wait.token}:{wait.offer[0]}", "Sí")
        if question.kind == "media":
            return Media("image", "f1", size=1000)
        if question.kind != "choice":
            return Text(self.random.choice(ANSWERS[question.kind]))
        said = [option.label.source for option in question.options]
        said += [alias for option in question.options for alias in option.aliases]
        said += ["1", "la última", "1 y 2"]
        return Text(self.random.choice(said))

    def typo(self) -> Content:
        answer = self.answer()
        text = list(answer.text if isinstance(answer, Text) else "foto")
        text[self.random.randrange(len(text))] = self.random.choice("aeiouxz")
        return Text("".join(text))

    def tap(self, prompt: Prompt | Template) -> Content:
        option = self.random.choice([one.id for one in prompt.options] or ["nada"])
        return Reply(f"{prompt.token}:{option}", option)

    def engines(self) -> str:
        wait = self.state.stack[-1].wait if self.state and self.state.stack else None
        return f"{wait.token if wait else '1'}:{self.random.choice(ENGINES)}"

    def page(self) -> str:
        return f"{self.random.choice(self.prompts).token}:+{self.random.choice([0, 2, 9, 99])}"

    def timer(self) -> Turn:
        token, at = self.timers.popitem()
        self.old_timers.append(token)
        self.now = max(self.now, at)
        return self.happen(TimerFired(token))

    def release(self) -> Turn:
        self.owned = False
        return self.happen(Released())

    def touch(self) -> Turn:
        headline = self.random.choice([None, "Promo"])
        touch: dict[str, Any] = {"kind": "ctwa", "source_id": "1", "click_id": "c", "headline": headline, "payload": {}}
        return self.happen(Said(Text("¡Hola! Quiero más información"), touch=touch))

    def start(self) -> Turn:
        flow = self.random.choice([*self.library.flows, "no_hay"])
        compiled = self.library.flows.get(flow)
        given = self.given(compiled) if compiled else {}
        return self.happen(FlowStarted(flow, given))

    def hours(self) -> None:
        self.now += timedelta(hours=self.random.choice([1, 25, 400]))

    # a person who wants to get there

    def cooperate(self) -> Turn:
        """The next thing somebody does who wants to come to the end: an option not tried yet, a good answer."""
        if self.state is not None and self.state.handed:
            return self.release()
        question, wait = self.question(), self.state.stack[-1].wait if self.state and self.state.stack else None
        if wait is not None and wait.offer:
            return self.happen(Said(Reply(f"{wait.token}:{wait.offer[0]}", "Sí")))
        if question is not None and question.kind == "when":
            return self.happen(Said(Text(ANSWERS["when"][0])))  # a day and its hour, whatever is still lacking
        if question is None or wait is None or question.kind != "choice" or question.multi:
            return self.happen(Said(Text("1") if question and question.multi else self.answer()))
        ids = self.option_ids(question)
        place = (self.state.stack[-1].flow, question.id) if self.state else ("", "")
        self.picked[place] = self.picked.get(place, -1) + 1
        return self.happen(Said(Reply(f"{wait.token}:{ids[self.picked[place] % len(ids)]}", "Elegida")))

    def option_ids(self, question: Question) -> list[str]:
        if question.options:
            return [option.id for option in question.options]
        return [option.id for option in self.prompts[-1].options]
