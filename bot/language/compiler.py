"""From a file's data to a Flow: shape by the models, then texts and conditions. Finds every problem."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bot.language import model as m
from bot.language.compiled import (
    Act,
    Assign,
    Branch,
    Call,
    Carrier,
    Case,
    Choice,
    Due,
    End,
    Flow,
    Handover,
    OptionRows,
    Pin,
    Question,
    Say,
    Step,
    Value,
)  # fmt: skip
from bot.language.nearest import did_you_mean
from bot.language.predicate import compile_predicate
from bot.language.problem import FlowsBroken, Problem
from bot.language.shape import shape
from bot.language.source import Path, Source
from bot.language.template import Template, TemplateWrong, compile_template
from bot.language.texts import ENGINE
from bot.understanding.choice import make_choices
from bot.understanding.phone import SAME_CHAT
from core.fold import fold
from core.threads.content import Option

KINDS = tuple(m.STEP_MODELS)

_TAKES: dict[str, frozenset[str]] = {
    "text": frozenset({"min", "max", "media", "location"}),
    "name": frozenset({"min", "max"}),
    "yes_no": frozenset({"yes", "no"}),
    "number": frozenset({"min", "max", "integer"}),
    "age": frozenset({"min", "max"}),
    "birth_date": frozenset(),
    "when": frozenset({"future", "horizon", "needs", "echo"}),
    "money": frozenset({"min", "max", "currency"}),
    "phone": frozenset({"region", "same_chat", "request"}),
    "email": frozenset(),
    "media": frozenset({"media", "max_mb"}),
    "scale": frozenset({"min", "max", "labels"}),
}


Spoken = tuple[str, Any]
"""A language's tag, and the flow's data in its words."""


def canonical_json(data: Any) -> str:
    """The one JSON text of a flow's data: no spaces, keys in the file's order, which is meaning."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def compile_flow(source: Source, tag: str | None = None, others: Sequence[Spoken] = ()) -> Flow:
    """The flow as its data words it. `tag` is the language of those words, the flow's own unless told; `others` the
    same data in its other languages, whose labels and words are understood as well.

    Raises FlowsBroken with every problem of shape, text and condition found in the file.
    """
    compiler = Compiler(source, tag, others)
    flow = compiler.flow()
    if compiler.problems or flow is None:
        raise FlowsBroken(compiler.problems)
    return flow


def _shown(option: Choice) -> Option:
    """An option without holes, as it is sent."""
    about = option.description.plain if option.description else None
    return Option(option.id, option.label.plain or "", option.short, about)


def _buttons(answer: m.AnswerModel, tag: str) -> m.AnswerModel:
    """The answer with the language's own yes and no where the flow has none."""
    words = ENGINE[tag].words
    missing = {name: words[f"{name}_button"] for name in ("yes", "no") if name not in answer.model_fields_set}
    return answer.model_copy(update=missing) if answer.type == "yes_no" else answer


class Compiler:
    """One file being compiled, in one language."""

    def __init__(self, source: Source, tag: str | None, others: Sequence[Spoken]) -> None:
        self.source = source
        self.own = "es"
        """The flow's own language, in which the staff reads."""
        self.spoken = tag
        self.tag = tag or "es"
        self.others = others
        self.problems: list[Problem] = []
        self.defaults = m.DefaultsModel()

    def wrong(self, path: Path, code: str, message: str, fix: str) -> None:
        self.problems.append(self.source.problem(path, code, message, fix))

    def flow(self) -> Flow | None:
        read = shape(self.source, self.problems, m.FlowModel, self.source.data, ())
        if read is None:
            self._steps_alone()
            return None
        self.defaults = read.defaults
        self.own = read.lang
        self.tag = self.spoken or read.lang
        steps: dict[str, Step] = {}
        ids = list(read.steps)
        for index, (step, data) in enumerate(read.steps.items()):
            following = ids[index + 1] if index + 1 < len(ids) else None
            compiled = self.step(step, data, following)
            if compiled is not None:
                steps[step] = compiled
        canonical = canonical_json(self.source.data)
        variables = {**read.vars, **read.params}
        return Flow(
            name=read.flow,
            revision=hashlib.sha256(canonical.encode()).hexdigest(),
            canonical=canonical,
            lang=read.lang,
            start=read.start,
            steps=steps,
            vars=variables,
            params=frozenset(read.params),
            required=frozenset(name for name, var in read.params.items() if not var.optional),
            remembered=frozenset(name for name, var in variables.items() if var.scope == "contact"),
            entry=read.entry,
            outcomes=tuple(read.outcomes),
            cancel=read.defaults.cancel,
            prefills=any(isinstance(step, Question) and step.prefill for step in steps.values()),
            migrate=read.migrate,
            source=self.source,
        )

    def _steps_alone(self) -> None:
        """What is wrong inside the steps of a flow whose own keys are wrong, so that all of it is told at once."""
        steps = self.source.data.get("steps") if isinstance(self.source.data, dict) else None
        for step, data in steps.items() if isinstance(steps, dict) else ():
            if isinstance(data, dict):
                self.step(step, data, None)

    def step(self, step: str, data: dict[str, Any], following: str | None) -> Step | None:
        path: Path = ("steps", step)
        kinds = [kind for kind in KINDS if kind in data]
        if len(kinds) == 2 and "say" in kinds and ("handover" in kinds or "end" in kinds):
            kinds.remove("say")  # these two may say something as well
        if len(kinds) != 1:
            self.kind_problem(path, data, kinds)
            return None
        read = shape(self.source, self.problems, m.STEP_MODELS[kinds[0]], data, path)
        match read:
            case m.SayModel():
                return self.say(step, read, path, following)
            case m.AskModel():
                return self.ask(step, read, path, following)
            case m.ChooseModel():
                return self.choose(step, read, path, following)
            case m.SetModel():
                return Assign(step, self.values(read.set, (*path, "set")), read.next or following)
            case m.BranchModel():
                return self.branch(step, read, path)
            case m.ActionModel():
                arguments = self.values(read.arguments, (*path, "with"), self.own)
                return Act(step, read.action, arguments, read.into, read.commit, read.outcomes)
            case m.CallModel():
                return Call(step, read.call, read.entry, self.values(read.arguments, (*path, "with")), read.outcomes)
            case m.HandoverModel():
                return self.handover(step, read, path)
            case m.EndModel():
                return End(step, read.end, self.texts(read.say, (*path, "say")), read.essential)
        return None

    def kind_problem(self, path: Path, data: dict[str, Any], kinds: list[str]) -> None:
        said = " and ".join(kinds) if kinds else "none of them"
        message = f"a step is exactly one of {' '.join(KINDS)}; this has {said}"
        for key in () if kinds else data:
            fix = did_you_mean(key, KINDS, "")
            if fix:
                self.wrong((*path, key), "step-kind", message, fix)
                return
        self.wrong(path, "step-kind", message, "Split it" if kinds else "Say what it does")

    def text(self, text: str | None, path: Path, tag: str | None = None) -> Template | None:
        if text is None:
            return None
        try:
            return compile_template(text, tag or self.tag)
        except TemplateWrong as error:
            self.wrong(path, "template", str(error), error.fix)
            return Template(text, (text,))

    def needed(self, text: str, path: Path, tag: str | None = None) -> Template:
        compiled = self.text(text, path, tag)
        assert compiled is not None
        return compiled

    def texts(self, texts: list[str] | None, path: Path) -> tuple[Template, ...]:
        return tuple(self.needed(text, (*path, index)) for index, text in enumerate(texts or ()))

    def value(self, value: Any, path: Path, tag: str | None) -> Value:
        if isinstance(value, str):
            return Value(value, template=self.needed(value, path, tag))
        if isinstance(value, list):
            return Value(value, items=tuple(self.value(item, (*path, index), tag) for index, item in enumerate(value)))
        if isinstance(value, dict):
            return Value(value, fields=self.values(value, path, tag))
        return Value(value)

    def values(self, values: dict[str, Any], path: Path, tag: str | None = None) -> tuple[tuple[str, Value], ...]:
        return tuple((name, self.value(value, (*path, name), tag)) for name, value in values.items())

    def carrier(self, template: m.TemplateModel | None, path: Path, carried: Template | None) -> Carrier | None:
        """`carried`: the text it stands for, which is what was approved unless the template says otherwise."""
        if template is None:
            return None
        text = self.text(template.text, (*path, "template", "text")) or carried or Template("", ("",), "")
        return Carrier(template.name, text, tuple(template.examples))

    def say(self, step: str, read: m.SayModel, path: Path, following: str | None) -> Say:
        pin = None
        if read.location:
            at = (*path, "location")
            place = read.location
            pin = Pin(
                self.needed(place.latitude, (*at, "latitude")),
                self.needed(place.longitude, (*at, "longitude")),
                self.text(place.name, (*at, "name")),
                self.text(place.address, (*at, "address")),
            )
        texts = self.texts(read.say, (*path, "say"))
        file = self.text(read.file, (*path, "file"))
        carrier = self.carrier(read.template, path, texts[0] if texts else None)
        return Say(step, texts, pin, file, carrier, read.essential, read.next or following)

    def dues(self, read: m.WaitModel, path: Path) -> tuple[Due, ...]:
        nudges = self.defaults.nudges if read.nudges is None else read.nudges
        found: list[Due] = []
        for after, nudge in nudges.items():
            try:
                due = m.seconds(after)
            except ValueError as error:
                self.wrong((*path, "nudges"), "value", f"{after!r}: {error}", "Write it as 20m")
                continue
            text = self.text(nudge.text, (*path, "nudges", after))
            carrier = self.carrier(nudge.template, (*path, "nudges", after), text)
            found.append(Due(due, text, carrier, None))
        expire = read.expire or self.defaults.expire
        if expire:
            found.append(Due(expire.after, None, None, expire.to))
        return tuple(sorted(found, key=lambda due: due.after))

    def wait(self, read: m.WaitModel, path: Path, following: str | None, text: Template) -> dict[str, Any]:
        return {
            "text": text,
            "carrier": self.carrier(read.template, path, text),
            "again": self.text(read.again, (*path, "again")),
            "retry": self.texts(read.retry, (*path, "retry")),
            "tries": read.tries or self.defaults.tries,
            "give_up": read.give_up or self.defaults.give_up,
            "dues": self.dues(read, path),
            "into": read.into,
            "label": read.label,
            "soft": read.soft,
            "soft_except": frozenset(read.soft_except),
            "next": read.next or following,
        }

    def ask(self, step: str, read: m.AskModel, path: Path, following: str | None) -> Question:
        answer = read.kind
        for field in sorted(answer.model_fields_set - {"type"} - _TAKES[answer.type]):
            takes = ", ".join(sorted(_TAKES[answer.type])) or "nothing else"
            self.wrong((*path, "as", field), "unknown-key", f"{answer.type} takes no {field!r}", f"It takes {takes}")
        if answer.type == "media" and not answer.media:
            self.wrong((*path, "as"), "missing-key", "'media' is missing", "List the kinds taken, such as [image]")
        if answer.type == "scale" and not answer.labels and (answer.min is None or answer.max is None):
            self.wrong((*path, "as"), "missing-key", "a scale needs min and max, or labels", "Add them")
        if read.no_to and answer.type != "yes_no":
            self.wrong((*path, "no_to"), "unknown-key", "only yes_no takes 'no_to'", "Use a branch")
        if read.no_edits and (answer.type != "yes_no" or read.no_to):
            self.wrong(
                (*path, "no_edits"), "unknown-key", "only a yes_no without 'no_to' takes 'no_edits'", "Remove it"
            )
        if read.prefill and answer.type != "when":
            self.wrong((*path, "prefill"), "unknown-key", "only when, and a choose, take 'prefill'", "Remove it")
        others = [(data_tag, m.AskModel.model_validate(data["steps"][step])) for data_tag, data in self.others]
        same_chat = [word for one in (answer, *(other.kind for _, other in others)) for word in one.same_chat]
        return Question(
            id=step,
            kind=answer.type,
            answer=_buttons(answer, self.tag),
            also=tuple(_buttons(other.kind, one) for one, other in others),
            skip=frozenset(fold(word) for one in (read, *(other for _, other in others)) for word in one.skip),
            no_to=read.no_to,
            no_edits=read.no_edits,
            prefill=read.prefill,
            same_chat=frozenset(map(fold, (*SAME_CHAT, *same_chat))),
            **self.wait(read, path, following, self.needed(read.ask, (*path, "ask"))),
        )

    def choose(self, step: str, read: m.ChooseModel, path: Path, following: str | None) -> Question:
        if not read.options and not read.options_from:
            self.wrong(path, "missing-key", "a choose needs 'options' or 'options_from'", "Add options:")
        options: list[Choice] = []
        for option, one in read.options.items():
            at = (*path, "options", option)
            label = self.needed(one.label, (*at, "label"))
            about = self.text(one.description, (*at, "description"))
            also = self.elsewhere(step, option)
            options.append(Choice(option, label, one.short, about, tuple(one.aliases), one.to, also))
            if read.multi and one.to:
                message = "where several may be chosen, an option leads nowhere by itself"
                self.wrong((*at, "to"), "unknown-key", message, "Branch on {variable: {contains: option}} afterwards")
        rows = None
        if read.options_from:
            at = (*path, "options_from")
            about = self.text(read.options_from.description, (*at, "description"))
            label = self.needed(read.options_from.label, (*at, "label"))
            short = self.text(read.options_from.short, (*at, "short"))
            if read.elsewhere and read.options_from.starts is None:
                self.wrong(
                    (*path, "elsewhere"), "missing-key", "'elsewhere' needs 'starts'", "Add starts: to options_from"
                )
            rows = OptionRows(read.options_from.list, read.options_from.id, label, short, about, read.options_from)
        fixed = rows is None and not any(
            one.label.holes or (one.description and one.description.holes) for one in options
        )
        texts = [(one.id, [one.label.source, one.short or "", *one.aliases]) for one in options]
        also_said = [(one.id, one.also) for one in options]
        return Question(
            id=step,
            kind="choice",
            options=tuple(options),
            rows=rows,
            elsewhere=read.elsewhere,
            choices=make_choices(texts, also_said) if fixed else None,
            shown=tuple(_shown(option) for option in options) if fixed else (),
            multi=read.multi,
            opener=read.opener,
            prefill=read.prefill,
            **self.wait(read, path, following, self.needed(read.choose, (*path, "choose"))),
        )

    def elsewhere(self, step: str, option: str) -> tuple[str, ...]:
        """An option's words in the flow's other languages."""
        found: dict[str, None] = {}
        for _, data in self.others:
            one = m.OptionModel.model_validate(data["steps"][step]["options"][option])
            label = "" if "{" in one.label else one.label
            found |= dict.fromkeys(word for word in (label, one.short or "", *one.aliases) if word)
        return tuple(found)

    def branch(self, step: str, read: m.BranchModel, path: Path) -> Branch:
        cases: list[Case] = []
        for index, case in enumerate(read.branch):
            at = (*path, "branch", index)
            if case.otherwise is not None and case.when is None and case.to is None:
                cases.append(Case(None, frozenset(), None, case.otherwise))
            elif case.when is not None and case.to is not None and case.otherwise is None:
                try:
                    predicate, paths = compile_predicate(case.when)
                except TemplateWrong as error:
                    self.wrong((*at, "when"), "condition", str(error), error.fix)
                    continue
                cases.append(Case(predicate, paths, case.when, case.to))
            else:
                self.wrong(at, "case", "a case is {when, to} or {else}", "Write {when: {…}, to: step} or {else: step}")
        return Branch(step, tuple(cases))

    def handover(self, step: str, read: m.HandoverModel, path: Path) -> Handover:
        return Handover(
            step,
            read.handover,
            tuple(read.summary),
            self.texts(read.say, (*path, "say")),
            read.resume.after_release,
            read.resume.if_silent,
            self.text(read.resume.waiting, (*path, "resume", "waiting")),
        )
