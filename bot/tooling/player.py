"""A conversation played without a database: clock, timers, simulated actions, and what was seen on the phone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.action_specs import SPECS
from bot.actions import Outcome, checked
from bot.conversation import Passed
from bot.effects import CancelTimers, Effect, LanguageSet, RunAction, Send, SetTimer, VarSet
from bot.events import ActionDone, Event, TimerFired
from bot.facts import Facts
from bot.language.compiled import Handover, Question
from bot.language.library import Library
from bot.state import State, from_json, to_json
from bot.step import StepResult, step, step_into
from core.threads.content import Content, Location, Media, Option, Prompt, Reply, Template, plain_text

Render = Callable[[str, Content], str]
"""(channel, content) → how it looks there, as text; may raise when the channel cannot show it."""


def plain_render(channel: str, content: Content) -> str:
    """How a content reads without any channel's widgets: options in brackets at the end."""
    text = plain_text(content)
    match content:
        case Prompt(options=options) if options:
            return f"{text} [{' | '.join(option.label for option in options)}]"
        case Location():
            return f"(location) {text}".strip()
        case Template(name=name, options=options):
            buttons = f" [{' | '.join(option.label for option in options)}]" if options else ""
            return f"(template {name}) {text}{buttons}"
        case Media(type=kind):
            return f"({kind}) {text}".strip()
    return text


@dataclass(frozen=True, slots=True)
class Shown:
    """A message the bot sent, in the order sent."""

    content: Content
    essential: bool


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer that fell due: when, where the conversation stood, what that meant there, and how much it said."""

    at: datetime
    place: str
    meaning: str
    messages: int


def facts_on(facts: Facts, channel: str) -> Facts:
    """The facts as a channel knows them: Telegram tells nobody's phone number by itself."""
    hidden = ("phone",) if channel == "telegram" else ()
    contact = {key: value for key, value in facts.contact.items() if key not in hidden}
    return replace(facts, contact=contact, channel=channel)


class Player:
    """`feed` takes an event and everything it sets off; `pass_time` lets timers fall due."""

    def __init__(self, library: Library, facts: Facts, now: datetime, state: State | None = None) -> None:
        self.library = library
        self.facts = facts
        self.now = now
        self.state = state
        self.stubs: dict[str, Outcome] = {}
        self.timers: list[SetTimer] = []
        self.fired: list[Fired] = []
        self.shown: list[Shown] = []
        self.effects: list[Effect] = []
        self.passed: set[Passed] = set()
        self.vars: dict[str, Any] = {}
        self.touch: dict[str, Any] | None = None
        """The ad or link the next message comes by."""

    def stub(self, name: str, outcome: str, value: Mapping[str, Any]) -> None:
        """From now on this action ends so; raises ValueError when its spec does not allow it."""
        if name not in SPECS:
            raise ValueError(f"there is no action {name}: there are {', '.join(sorted(SPECS))}")
        spec = SPECS[name]
        if outcome not in spec.all_outcomes:
            raise ValueError(f"{name} has no outcome {outcome}: it ends with {', '.join(spec.all_outcomes)}")
        filled = value or (spec.sample[1] if spec.sample[0] == outcome else {})
        if outcome == "error" and not filled:
            filled = {"message": "simulated"}
        self.stubs[name] = Outcome(outcome, checked(spec, outcome, filled))

    def feed(self, event: Event) -> list[Effect]:
        """The effects of this event and of the actions it ran. The state goes through its JSON, as in production."""
        return self._follow(step(self.library, self.facts, self.state, event, self.now))

    def begin_at(self, flow: str, at: str, given: Mapping[str, Any]) -> list[Effect]:
        """Begin in the middle of a flow."""
        return self._follow(step_into(self.library, self.facts, flow, at, given, self.now))

    def _follow(self, stepped: StepResult) -> list[Effect]:
        effects: list[Effect] = []
        waiting: list[Event] = []
        while True:
            self.state = from_json(to_json(stepped.state))
            self.passed.update(stepped.passed)
            for effect in stepped.effects:
                self._apply(effect)
                if isinstance(effect, RunAction):
                    waiting.append(self._act(effect))
            effects += stepped.effects
            if not waiting:
                self.effects += effects
                return effects
            stepped = step(self.library, self.facts, self.state, waiting.pop(0), self.now)

    def pass_time(self, delta: timedelta) -> list[Effect]:
        """Move the clock, firing what falls due on the way."""
        until = self.now + delta
        effects: list[Effect] = []
        while due := min(
            (timer for timer in self.timers if timer.at <= until), key=lambda timer: timer.at, default=None
        ):
            self.timers.remove(due)
            self.now = max(self.now, due.at)
            place, meaning, before = self.place, self._meaning(), len(self.shown)
            effects += self.feed(TimerFired(due.token))
            self.fired.append(Fired(self.now, place, meaning, len(self.shown) - before))
        self.now = until
        return effects

    @property
    def place(self) -> str:
        """Where the conversation stands: `flow.step`, the lowest flow first; empty when nothing is open."""
        frames = self.state.stack if self.state else ()
        return " > ".join(f"{frame.flow}.{frame.step}" for frame in frames)

    @property
    def next_timer(self) -> tuple[datetime, str] | None:
        """When something happens by itself if nobody says anything, and what."""
        due = min(self.timers, key=lambda timer: timer.at, default=None)
        return (due.at, self._meaning()) if due else None

    def _meaning(self) -> str:
        """What the timer of the open wait stands for."""
        frame = self.state.stack[-1] if self.state and self.state.stack else None
        flow = self.library.revision(frame.revision) if frame else None
        step = flow.steps.get(frame.step) if flow and frame else None
        if isinstance(step, Handover):
            return "nobody has answered the handover"
        if not isinstance(step, Question) or frame is None or frame.wait is None or frame.wait.due >= len(step.dues):
            return "nothing waits for it any more"
        due = step.dues[frame.wait.due]
        if due.nudge is not None:
            nudges = sum(one.nudge is not None for one in step.dues)
            return f"reminder {frame.wait.due + 1} of {nudges}"
        return f"nobody answered: on to {due.to}" if due.to else "nobody answered: the conversation ends"

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Send(content=content, essential=essential):
                self.shown.append(Shown(content, essential))
            case SetTimer():
                self.timers.append(effect)
            case CancelTimers():
                self.timers.clear()
            case VarSet(name=name, value=value):
                self.vars[name] = value
            case LanguageSet(language=language):
                self.facts = replace(self.facts, contact={**self.facts.contact, "language": language})

    def _act(self, run: RunAction) -> ActionDone:
        spec = SPECS.get(run.name)
        if spec is None:
            return ActionDone(run.key, "error", {"message": f"there is no action {run.name}"})
        spec.args.model_validate(run.args)
        if run.name.startswith("consent."):
            opted_out = run.name == "consent.opt_out"
            self.facts = replace(self.facts, contact={**self.facts.contact, "opted_out": opted_out})
        outcome = self.stubs.get(run.name) or Outcome(*spec.sample)
        return ActionDone(run.key, outcome.name, dict(outcome.value))

    @property
    def on_screen(self) -> list[str]:
        """The labels of the newest message that has options."""
        prompts = (shown.content for shown in reversed(self.shown) if isinstance(shown.content, (Prompt, Template)))
        newest = next((prompt for prompt in prompts if prompt.options), None)
        return [option.label for option in newest.options] if newest else []

    def tap(self, label: str, skip: int = 0) -> Reply | None:
        """A tap on the last option shown with this label; `skip` prompts that have it are passed over."""
        for shown in reversed(self.shown):
            if not isinstance(shown.content, (Prompt, Template)):
                continue
            option = _option(shown.content, label)
            if option is None:
                continue
            if skip == 0:
                return Reply(f"{shown.content.token}:{option}", label)
            skip -= 1
        return None


def _option(prompt: Prompt | Template, label: str) -> str | None:
    if label.startswith("+") and label[1:].isdigit():
        return label
    found: Option | None = next((one for one in prompt.options if label in (one.label, one.short, one.id)), None)
    return found.id if found else None
