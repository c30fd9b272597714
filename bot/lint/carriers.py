"""Approved templates: what the provider would not approve, or would refuse when it is sent."""

import itertools
from collections.abc import Iterator

from bot.carriers import body_of, carriers, labels_of
from bot.language.compiled import Carrier, Flow, Question, Say
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.template import Hole, Template

# https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
BODY, BUTTONS, LABEL = 1024, 10, 25
"""Characters of a template's text, buttons, and characters of a button."""
CODE = "carrier"


def carrier_problems(flow: Flow) -> Iterator[Problem]:
    """Of one flow in one language."""
    for step, carrier, path in carriers(flow):
        for message, fix in _wrong_text(carrier):
            yield flow.source.problem(path, CODE, message, fix)
        if isinstance(step, Question):
            for message, fix in _wrong_buttons(step):
                yield flow.source.problem(path, CODE, message, fix)
        elif isinstance(step, Say) and len(step.texts) > 1 and carrier.text in step.texts:
            message = f"{carrier.name} carries one text; here are {len(step.texts)}"
            yield flow.source.problem(path, CODE, message, "Give the template a text: of its own, with all of it")


def same_name_problems(library: Library) -> Iterator[Problem]:
    """One template name stands for one text and its buttons in all of a pack."""
    known: dict[str, object] = {}
    for flow in library.flows.values():
        for step, carrier, path in carriers(flow):
            approved = (carrier.text.source, [str(label) for label in labels_of(step)])
            if known.setdefault(carrier.name, approved) != approved:
                message = f"{carrier.name} stands for another text elsewhere"
                yield flow.source.problem(path, CODE, message, "Give this one another name")


def _wrong_text(carrier: Carrier) -> Iterator[tuple[str, str]]:
    parts, holes = carrier.text.parts, carrier.text.holes
    if isinstance(parts[0], Hole) or isinstance(parts[-1], Hole):
        yield f"{carrier.name} begins or ends with a variable, which is not approved", "Put words around it"
    if any(isinstance(one, Hole) and isinstance(other, Hole) for one, other in itertools.pairwise(parts)):
        yield f"{carrier.name} has two variables without a word between them", "Put words between them"
    for hole in holes:
        if any(name in ("prefix", "suffix") or (name, argument) == ("or", "") for name, argument in hole.filters):
            message = f"{{{hole.path}}} may be empty in {carrier.name}, and would be refused"
            yield message, "Give the template a text: of its own without it, or say |or:'something'"
    if len(body_of(carrier.text)) > BODY:
        yield f"{carrier.name} has more than {BODY} characters", "Shorten it"
    if len(carrier.examples) != len(holes):
        message = f"{carrier.name} has {len(holes)} variables and {len(carrier.examples)} examples"
        yield message, "Write examples: [Ana, Botox], one for each variable in order; approval asks for them"


def _wrong_buttons(step: Question) -> Iterator[tuple[str, str]]:
    labels = labels_of(step)
    if step.rows is not None or any(isinstance(label, Template) for label in labels):
        yield "the buttons of a template are approved with it and cannot vary", "Use fixed options, or no template:"
    if len(labels) > BUTTONS:
        yield f"a template has at most {BUTTONS} buttons; here are {len(labels)}", "Take some away"
    for label in labels:
        if isinstance(label, str) and len(label) > LABEL:
            yield f"the button {label!r} is longer than {LABEL} characters", "Shorten it"
