"""People doing anything at all to every shipped pack, and what must hold whatever they do."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.action_specs import SPECS
from bot.effects import Effect, HandOver, RunAction, Send, SetTimer
from bot.events import ActionDone, Emoted, Event, FlowStarted, Released, Said, TimerFired
from bot.facts import Facts
from bot.language import Library, load_pack
from bot.language.compiled import Question
from bot.state import State, from_json, to_json
from bot.step import step, taken_over
from bot.tooling import pack_facts
from bot.understanding.fold import fold
from bot.words import global_word
from core.threads.content import Card, Cards, Content, Form, Location, Media, Prompt, Reply, Text, Unsupported

NOW = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
MOVES = [
    "answer", "answer", "answer", "answer",
    "typo", "junk", "media", "tap", "stale", "unknown_tap", "page", "timer", "old_timer",
    "duplicate", "word", "soft", "thumb", "release", "taken", "courtesy", "touch", "start", "edit", "later",
]  # fmt: skip
SAID = {
    "junk": [
        "",
        "   ",
        "????",
        "zxqw",
        "🤷",
        "0",
        "999999999999",
        "a" * 3000,
        "{nombre}",
        "no sé",
        "sí y no",
        "@",
        "\x00",
        "+",
    ],
    "word": ["menú", "volver", "cancelar", "ayuda", "asesora", "baja", "alta", "cambiar", "stop"],
    "soft": ["¿cuánto cuesta?", "dónde están?", "qué horario tienen", "cuidados"],
    "courtesy": ["gracias", "ok", "🙏", "hola"],
    "edit": ["cambiar nombre", "cambiar tratamiento", "cambiar edad", "cambiar xyz"],
}
FILES: list[Content] = [
    Media("voice", "f1"), Media("image", "f2", caption="mira"), Media("sticker", "f3"),
    Media("document", problem="too big"), Location(1.0, 2.0),
    Unsupported("poll"), Form("{"), Cards((Card("Ana", ("+525512345678",)),)), Cards(()),
]  # fmt: skip
ODD_TAPS = ["zz:botox", "x", ":", "ñ:1", "1:~human", "1:+9", "²:a", "z" * 9000 + ":a"]
THUMBS = ["👍", "👎", "❤️", None]
ANSWERS = {
    "name": "Ana López", "text": "me gustaría mejorar la piel", "number": "34", "phone": "55 1234 5678",
    "email": "ana@gmail.com", "yes_no": "sí", "scale": "2", "age": "34", "birth_date": "12/05/1990", "money": "1500",
    "when": "el viernes a las 5 de la tarde",
}  # fmt: skip


FLOWS = Path(__file__).parents[2] / "flows"
PACKS = sorted(path.parent.name for path in FLOWS.glob("*/_globals.yaml"))


@cache
def loaded(name: str) -> tuple[Library, Facts]:
    return load_pack(FLOWS / name), pack_facts(FLOWS / name / "tests")


class Walk:
    """One person and the bot; every event is checked as it goes."""

    def __init__(self, library: Library, facts: Facts, seed: int) -> None:
        self.library, self.facts = library, facts
        self.random = random.Random(seed)
        self.state: State | None = None
        self.now = NOW
        self.timers: dict[str, datetime] = {}
        self.old_timers: list[str] = ["zz.zz"]
        self.prompts: list[Prompt] = []
        self.last_action = ActionDone("none:none", "ok")

    def feed(self, event: Event) -> list[Effect]:
        before = self.state
        result = step(self.library, self.facts, before, event, self.now)
        again = step(self.library, self.facts, before, event, self.now)
        assert again == result, "the same step twice"
        stored = json.loads(json.dumps(to_json(result.state)))
        assert from_json(stored) == result.state
        self.check(before, event, result.state, list(result.effects))
        self.state = from_json(stored)
        effects = list(result.effects)
        for effect in result.effects:
            match effect:
                case Send(content=Prompt() as prompt):
                    self.prompts.append(prompt)
                case SetTimer(token=token, at=at):
                    self.old_timers += self.timers
                    self.timers = {token: at}
                case RunAction():
                    effects += self.act(effect)
        return effects

    def act(self, run: RunAction) -> list[Effect]:
        spec = SPECS[run.name]
        spec.args.model_validate(run.args)
        outcome = self.random.choice(list(spec.all_outcomes))
        value: dict[str, Any] = dict(spec.sample[1]) if outcome == spec.sample[0] else {}
        if outcome in ("warm", "not_fit"):
            value = {"score": 10}
        self.last_action = ActionDone(run.key, outcome, value)
        return self.feed(self.last_action)

    def check(self, before: State | None, event: Event, after: State, effects: list[Effect]) -> None:
        errors = [effect.error for effect in effects if isinstance(effect, HandOver) and effect.error]
        assert not errors, errors
        sends = [effect for effect in effects if isinstance(effect, Send)]
        timers = [effect for effect in effects if isinstance(effect, SetTimer)]
        assert len(timers) <= 1
        assert all(timer.at >= self.now for timer in timers)
        for send in sends:
            if isinstance(send.content, Prompt):
                ids = [option.id for option in send.content.options]
                assert len(set(ids)) == len(ids)
                assert ids or send.content.request
            elif isinstance(send.content, Text):
                assert send.content.text.strip()
        if after.stack and not after.handed:
            assert after.stack[-1].wait is not None
        handed = before is not None and before.handed
        if handed and not isinstance(event, Released | TimerFired):
            assert not sends, "the bot talked over a person"
        if isinstance(event, Said) and not handed and not self.may_be_silent(before, event):
            assert any(isinstance(effect, Send | HandOver | RunAction) for effect in effects), event

    def may_be_silent(self, before: State | None, event: Said) -> bool:
        """A double tap changes nothing; thanks are answered once; an action under way will answer."""
        if before is None:
            return False
        if before.stack and before.stack[-1].wait and before.stack[-1].wait.action:
            return True
        if isinstance(event.content, Reply):
            token, _, option = event.content.option.partition(":")
            return any(
                answer.token == token and str(answer.value) in (option, "True", "False") for answer in before.trail
            )
        return not before.stack and before.thanked

    def question(self) -> Question | None:
        if self.state is None or not self.state.stack:
            return None
        frame = self.state.stack[-1]
        flow = self.library.revision(frame.revision)
        asked = flow.steps[frame.step] if flow else None
        return asked if isinstance(asked, Question) else None

    def answer(self) -> str:
        question = self.question()
        if question is None:
            return "hola"
        if question.kind == "choice":
            return self.random.choice([option.label.source for option in question.options])
        return ANSWERS.get(question.kind, "hola")

    def move(self, move: str) -> list[Effect]:
        """One thing that happens; what cannot happen now is a junk message instead."""
        if move in SAID:
            return self.feed(Said(Text(self.random.choice(SAID[move]))))
        moves: dict[str, Callable[[], list[Effect]]] = {
            "answer": lambda: self.feed(Said(Text(self.answer()))),
            "typo": self.typo,
            "media": lambda: self.feed(Said(self.random.choice(FILES))),
            "tap": lambda: self.tap(self.prompts[-1]),
            "stale": lambda: self.tap(self.random.choice(self.prompts)),
            "unknown_tap": lambda: self.feed(Said(Reply(self.random.choice(ODD_TAPS), "Viejo"))),
            "page": self.page,
            "timer": self.timer,
            "old_timer": lambda: self.unchanged(TimerFired(self.random.choice(self.old_timers))),
            "duplicate": lambda: self.unchanged(self.last_action),
            "thumb": lambda: self.feed(Emoted(self.random.choice(THUMBS), latest=self.random.choice([True, False]))),
            "release": lambda: self.feed(Released()),
            "taken": self.taken,
            "touch": self.touch,
            "start": lambda: self.feed(FlowStarted(self.random.choice([*self.library.flows, "no_hay"]))),
            "later": self.later,
        }
        if (move in ("tap", "stale", "page") and not self.prompts) or (move == "timer" and not self.timers):
            move = "unknown_tap"
        return moves[move]()

    def typo(self) -> list[Effect]:
        text = list(self.answer())
        text[self.random.randrange(len(text))] = self.random.choice("aeiouxz")
        return self.feed(Said(Text("".join(text))))

    def tap(self, prompt: Prompt) -> list[Effect]:
        option = self.random.choice([one.id for one in prompt.options] or ["nada"])
        return self.feed(Said(Reply(f"{prompt.token}:{option}", option)))

    def page(self) -> list[Effect]:
        token = self.random.choice(self.prompts).token
        return self.feed(Said(Reply(f"{token}:+{self.random.choice([0, 2, 9, 99])}", "Ver más")))

    def timer(self) -> list[Effect]:
        token, at = self.timers.popitem()
        self.now = max(self.now, at)
        return self.feed(TimerFired(token))

    def unchanged(self, event: Event) -> list[Effect]:
        before = self.state
        effects = self.feed(event)
        assert not effects
        assert before is None or self.state == before
        return effects

    def taken(self) -> list[Effect]:
        self.state = taken_over(self.state)
        self.timers.clear()
        return []

    def touch(self) -> list[Effect]:
        headline = self.random.choice([None, "Promo"])
        touch: dict[str, Any] = {"kind": "ctwa", "source_id": "1", "click_id": "c", "headline": headline, "payload": {}}
        return self.feed(Said(Text("¡Hola! Quiero más información"), touch=touch))

    def later(self) -> list[Effect]:
        self.now += timedelta(hours=self.random.choice([1, 25, 400]))
        return []


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), moves=st.lists(st.sampled_from(MOVES), min_size=1, max_size=40))
def test_whatever_people_do_the_bot_answers_and_never_breaks(name: str, seed: int, moves: list[str]) -> None:
    pack, facts = loaded(name)
    for channel in ("whatsapp", "telegram"):
        walk = Walk(pack, Facts(facts.org, facts.contact if channel == "whatsapp" else {}, channel), seed)
        for move in moves:
            walk.move(move)


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), moves=st.lists(st.sampled_from(MOVES), max_size=15))
def test_who_cooperates_reaches_an_end_or_a_person(name: str, seed: int, moves: list[str]) -> None:
    pack, facts = loaded(name)
    walk = Walk(pack, facts, seed)
    walk.move("answer")
    for move in moves:
        walk.move(move)
    for _ in range(60):
        if walk.state is None or walk.state.handed or not walk.state.stack:
            return
        walk.move("answer")
    raise AssertionError(f"still at {walk.state}")


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), answers=st.integers(1, 9))
def test_going_back_restores_what_was_known_before_the_answer(name: str, seed: int, answers: int) -> None:
    pack, facts = loaded(name)
    walk = Walk(pack, facts, seed)
    walk.feed(Said(Text("hola")))
    for _ in range(answers):
        before = walk.state
        text = walk.answer()
        if global_word(pack.globals, fold(text)) is not None:
            return
        walk.feed(Said(Text(text)))
        after = walk.state
        if before is None or after is None or after.handed or not after.stack or not before.stack:
            return
        if len(after.trail) != len(before.trail) + 1 or after.committed != before.committed:
            continue
        back = step(pack, facts, after, Said(Text("volver")), walk.now).state
        assert [(frame.flow, frame.step, frame.vars) for frame in back.stack] == [
            (frame.flow, frame.step, frame.vars) for frame in before.stack
        ]
        assert back.memory == before.memory
