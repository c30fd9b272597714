"""A conversation while one step is taken: the state unfolded so that it can be written, and the effects so far.

Made from a State, thrown away after `finish` has made the next one. Nothing here reads a clock or the world.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.effects import CancelTimers, Effect, Ended, LanguageSet, Send, SetTimer, VarSet
from bot.facts import Facts
from bot.language.compiled import Flow, Handover, Question, Soft, Step, Value
from bot.language.library import Library
from bot.language.template import Labels, Template, Unset, as_text, dig
from bot.language.texts import ENGINE, Said
from bot.language.tongues import in_language, tag_of
from bot.state import Answered, Frame, State, Wait, base36
from core.threads.content import Content, Text

STEP_BUDGET = 50
STACK_LIMIT = 8
TRAIL_LIMIT = 24
FREE_TEXT_SECONDS = 23 * 3600
"""After this long since the person's last message a text goes as its template, if it names one (WhatsApp: 24 h)."""
MASK = "•••"
Passed = tuple[str, str, tuple[str | int, ...]]
"""(flow, step, way): a step was come to (no way), or left by this way: a path inside the step, as in its file."""


class FlowBroke(Exception):
    """The flow cannot go on; the message says why, for the staff and the author."""


class Conversation:
    """See the module. `scope` and `labels` are what templates and conditions read through."""

    interrupted_with: str | None = None
    """The words that ask it."""

    def __init__(self, library: Library, facts: Facts, state: State, now: datetime) -> None:
        self.library = library
        self.globals = library.globals
        self.facts = facts
        self.before = state
        self.now = now
        self.seconds = int(now.timestamp())
        self.stack = list(state.stack)
        self.trail = list(state.trail)
        self.memory: dict[str, Any] = dict(state.memory)
        self.seq = state.seq
        self.handed = state.handed
        self.committed = state.committed
        self.quiet_until = state.quiet_until
        self.thanked = state.thanked
        self.heard = state.heard
        self.asked_language = state.language
        self.tag = self._tag()
        """The language spoken, and how the person is addressed in it."""
        self.effects: list[Effect] = []
        self.passed: list[Passed] = []
        self.spent = 0
        self.spoke = False
        """The person has the word in this step: what is sent answers them."""
        self.timers_stay = False
        """What happened touches no timer: not those of a handover, which end when the staff answers."""
        self.expiring = False
        self.resuming = False
        self.interrupted_by: Soft | None = None
        """What the first message asks, to be answered once the person has been greeted."""
        self.moved = False
        """The open question is not the one the person saw: it is put before anything is taken as its answer."""

    # the stack

    @property
    def top(self) -> Frame:
        return self.stack[-1]

    @top.setter
    def top(self, frame: Frame) -> None:
        self.stack[-1] = frame

    @property
    def wait(self) -> Wait | None:
        return self.stack[-1].wait if self.stack else None

    @property
    def open_wait(self) -> Wait:
        wait = self.wait
        if wait is None:
            raise FlowBroke(f"{self.top.flow}.{self.top.step} waits for nothing")
        return wait

    def set_wait(self, **changes: Any) -> None:
        """Change the open wait."""
        self.top = moved(self.top, self.top.step, replace(self.open_wait, **changes))

    @property
    def flow(self) -> Flow:
        """The open flow in the person's language."""
        flow = self.own_flow
        return flow.variants.get(self.tag, flow)

    @property
    def own_flow(self) -> Flow:
        """The open flow in its own language, which the staff reads."""
        frame = self.top
        flow = self.library.revision(frame.revision)
        if flow is None:
            raise FlowBroke(f"revision {frame.revision[:12]} of the flow {frame.flow} is missing")
        return flow

    @property
    def step(self) -> Step:
        step = self.flow.steps.get(self.top.step)
        if step is None:
            raise FlowBroke(f"the flow {self.top.flow} has no step {self.top.step}")
        return step

    @property
    def question(self) -> Question:
        """The question being waited on."""
        step = self.step
        if not isinstance(step, Question):
            raise FlowBroke(f"{self.top.flow}.{self.top.step} is not a question")
        return step

    def go(self, step: str | None, *way: str | int) -> None:
        """Go on at `step`, by this way out of the step that runs."""
        if step is None:
            raise FlowBroke(f"nothing comes after {self.top.flow}.{self.top.step}")
        flow = self.top.flow
        self.passed += ((flow, self.top.step, way), (flow, step, ()))
        self.top = moved(self.top, step, None)

    def push(self, name: str, entry: str | None, given: Mapping[str, Any]) -> None:
        """Run a flow on top of what runs. Values the flow does not declare as parameters are left out."""
        flow = self.library.current(name)
        if flow is None:
            raise FlowBroke(f"there is no flow {name}")
        if len(self.stack) >= STACK_LIMIT:
            raise FlowBroke(f"more than {STACK_LIMIT} flows on top of one another")
        values = {key: value for key, value in given.items() if key in flow.params and value is not None}
        if missing := flow.required - values.keys():
            raise FlowBroke(f"the flow {name} was started without {', '.join(sorted(missing))}")
        start = flow.entry.get(entry) if entry else flow.start
        if start is None:
            raise FlowBroke(f"the flow {name} has no entry {entry}")
        remembered = {key: values.pop(key) for key in flow.remembered & values.keys()}
        self.memory.update(remembered)
        opening = values.get("opening") if flow.prefills else None
        self.passed.append((name, start, ()))
        self.stack.append(Frame(name, flow.revision, start, values, opening=opening))

    def unwind(self, depth: int) -> None:
        """Forget the frames above `depth` (0 is the lowest) and the answers given in them."""
        del self.stack[depth + 1 :]
        self.trail = [answer for answer in self.trail if answer.depth <= depth]

    def clear(self) -> None:
        """Nothing is open any more."""
        self.stack.clear()
        self.trail.clear()

    def rest(self) -> None:
        """The end: for a while thanks do not start it again, and the language is the contact's, as staff set it."""
        self.clear()
        self.asked_language = None
        self.quiet_until = self.seconds + self.globals.quiet
        self.thanked = False

    def ended(self, outcome: str) -> None:
        self.effects.append(Ended(self.top.flow, outcome))

    def spend(self) -> None:
        self.spent += 1
        if self.spent > STEP_BUDGET:
            raise FlowBroke(f"more than {STEP_BUDGET} steps without waiting, at {self.top.flow}.{self.top.step}")

    def token(self) -> str:
        self.seq += 1
        return base36(self.seq)

    # the language

    def _tag(self) -> str:
        facts, own = self.facts, self.globals.lang
        language = self.asked_language or facts.contact.get("language") or facts.org.get("language") or own
        return tag_of(language if language in self.library.languages else own, facts.org.get("register"))

    @property
    def language(self) -> str:
        """es, pt or en: what is spoken with the person now."""
        return self.tag[:2]

    def speak(self, language: str) -> None:
        """From now on in a language of the pack, because the person asked for it."""
        self.asked_language = language
        self.tag = self._tag()
        self.effects.append(LanguageSet(language))

    @property
    def engine(self) -> Said:
        """The engine's words for things in the person's language."""
        return ENGINE[self.tag]

    # variables and texts

    def scope(self, path: str) -> Any:
        head, _, rest = path.partition(".")
        if head == "org":
            return in_language(dig(self.facts.org, rest.split(".")), self.language, self.globals.lang) if rest else None
        if head == "contact":
            return dig(self.facts.contact, rest.split(".")) if rest else None
        if head == "channel":
            return self.facts.channel
        if not self.stack:
            return None
        value = self.memory.get(head) if head in self.flow.remembered else self.top.vars.get(head)
        return dig(value, rest.split(".")) if rest else value

    def labels(self, path: str, value: Any) -> str:
        """The label people saw for a value of the variable `path`; the value itself when there is none."""
        return self._label(self.flow, self.tag, path, value)

    def own_labels(self, path: str, value: Any) -> str:
        """The same in the flow's own language: for the staff, actions and reports."""
        flow = self.own_flow
        return self._label(flow, flow.lang, path, value)

    def _label(self, flow: Flow, tag: str, path: str, value: Any) -> str:
        if isinstance(value, list):
            return as_text([self._label(flow, tag, path, one) for one in value], tag)
        for step in flow.steps.values():
            if isinstance(step, Question) and step.into == path:
                for option in step.options:
                    if option.id == value:
                        return self.text(option.label)
                if step.rows is not None:
                    for row in self.scope(step.rows.list) or ():
                        if str(dig(row, [step.rows.id])) == value:
                            return step.rows.label.render(row_scope(self, row), self.labels)
        return as_text(value, tag)

    def text(self, template: Template) -> str:
        if template.plain is not None:
            return template.plain
        try:
            return template.render(self.scope, self.labels)
        except Unset as unset:
            raise FlowBroke(f"{self.top.flow}.{self.top.step}: {unset}") from unset

    def own_text(self, key: str, *, tag: str | None = None, **words: Any) -> str:
        """One of the engine's own texts, in the language spoken or in that of `tag`."""
        template = self.globals.texts[tag or self.tag][key]
        if template.plain is not None:
            return template.plain
        holes = {"human": self.globals.human_word[tag or self.tag], "org": self.facts.org.get("name", ""), **words}
        return template.render(lambda path: holes.get(path, ""), lambda _, value: str(value))

    def give(self, value: Value, labels: Labels | None = None) -> Any:
        if value.template is not None:
            try:
                return value.template.value(self.scope, labels or self.labels)
            except Unset as unset:
                raise FlowBroke(f"{self.top.flow}.{self.top.step}: {unset}") from unset
        if value.items is not None:
            return [self.give(item, labels) for item in value.items]
        if value.fields is not None:
            return self.give_all(value.fields, labels)
        return value.source

    def give_all(self, values: tuple[tuple[str, Value], ...], labels: Labels | None = None) -> dict[str, Any]:
        return {name: self.give(value, labels) for name, value in values}

    def assign(self, name: str, value: Any) -> None:
        """Set a variable of the top frame, remembering what it was for going back. None takes the value away."""
        flow = self.flow
        remembered = name in flow.remembered
        frame = self.top
        old = self.memory.get(name) if remembered else frame.vars.get(name)
        if self.trail:
            last = self.trail[-1]
            key = f"@{name}" if remembered else f"{len(self.stack) - 1}.{name}"
            if key not in last.undo:
                self.trail[-1] = replace(last, undo={**last.undo, key: old})
        if remembered:
            put_value(self.memory, name, value)
        else:
            changed = dict(frame.vars)
            put_value(changed, name, value)
            self.top = replace(frame, vars=changed)
        var = flow.vars.get(name)
        shown = MASK if var is not None and var.sensitive and value is not None else value
        self.effects.append(VarSet(frame.flow, name, shown))

    def answered(self, step: str, token: str, value: Any) -> None:
        """Remember that an answer was given, so that it can be gone back to."""
        self.trail.append(Answered(len(self.stack) - 1, step, token, value))
        if len(self.trail) > TRAIL_LIMIT:
            del self.trail[0]

    @property
    def is_late(self) -> bool:
        """Whether only approved templates may be sent: WhatsApp, a day after the person's last word, or before any."""
        window = FREE_TEXT_SECONDS
        return self.facts.channel == "whatsapp" and (not self.heard or self.seconds - self.heard > window)

    # what is said

    def send(self, content: Content, *, essential: bool = False) -> None:
        """Queue a message. Whoever opted out and writes is still answered; nothing else reaches them."""
        asked = self.spoke and bool(self.facts.contact.get("opted_out"))
        self.effects.append(Send(content, essential or asked))

    def say(self, text: str, *, essential: bool = False) -> None:
        if text.strip():
            self.send(Text(text), essential=essential)

    def say_own(self, key: str, **words: Any) -> None:
        self.say(self.own_text(key, **words))

    # the next state

    def finish(self) -> State:
        """The state after this step; sets the one timer the open wait needs."""
        if not self.timers_stay:
            self._set_timer()
        return State(
            stack=tuple(self.stack),
            trail=tuple(self.trail),
            memory=self.memory,
            seq=self.seq,
            handed=self.handed,
            committed=self.committed,
            quiet_until=self.quiet_until,
            thanked=self.thanked,
            heard=self.heard,
            language=self.asked_language,
        )

    def _set_timer(self) -> None:
        before = self.before.stack[-1].wait if self.before.stack else None
        if before is not None and before.armed:
            self.effects.insert(0, CancelTimers())
        wait = self.wait
        if wait is not None:
            after = self._silence(wait)
            if after is not None:
                self.seq += 1
                self.set_wait(armed=self.seq)
                due = datetime.fromtimestamp(max(wait.since + after, self.seconds), UTC)
                self.effects.append(SetTimer(timer_token(wait.token, self.seq), due))

    def _silence(self, wait: Wait) -> int | None:
        """Seconds after the person's last word at which something happens; None when nothing does."""
        step = self.step
        if isinstance(step, Handover):
            return step.if_silent if wait.due == 0 else None
        if isinstance(step, Question) and not self.handed and wait.due < len(step.dues):
            return step.dues[wait.due].after
        return None


def moved(frame: Frame, step: str, wait: Wait | None) -> Frame:
    """The frame at another step. Written out because `dataclasses.replace` costs more than all the rest of a move."""
    return Frame(frame.flow, frame.revision, step, frame.vars, wait, frame.kept, frame.opening, frame.notice)


def timer_token(token: str, armed: int) -> str:
    """The token a timer comes back with; `armed` is never used twice in a thread, so an old timer is known as stale."""
    return f"{token}.{base36(armed)}"


def row_scope(conversation: Conversation, row: Any) -> Any:
    """A scope that looks into one row of a list first."""

    def look(path: str) -> Any:
        found = dig(row, path.split("."))
        return conversation.scope(path) if found is None else found

    return look


def put_value(values: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value
