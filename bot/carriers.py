"""What is said where free text may no longer be sent: an approved template with its variables filled in."""

from collections.abc import Iterator, Sequence

from bot.conversation import Conversation
from bot.language.compiled import Carrier, Flow, Question, Say, Step
from bot.language.edges import nudge_path
from bot.language.source import Path
from bot.language.template import Hole, Template, as_text
from bot.language.tongues import language_of
from core.threads.content import Option
from core.threads.content import Template as MessageTemplate

PROVIDER_LANGUAGES = {"es": "es", "pt": "pt_BR", "en": "en"}
"""By the language of a text: what the provider calls it. A register of Spanish (vos, usted) is Spanish there."""
NOTHING = "-"
"""For a variable without a value: the provider refuses empty ones."""


def carried(
    conversation: Conversation, carrier: Carrier, options: Sequence[Option] = (), token: str = ""
) -> MessageTemplate:
    """The message; `token` is the wait's whose options its buttons are."""
    conversation.text(carrier.text)  # what lacks a value breaks the flow, as it would in free text
    values = [_value(conversation, hole) for hole in carrier.text.holes]
    given = iter(values)
    text = "".join(part if isinstance(part, str) else next(given) for part in carrier.text.parts)
    language = provider_language(carrier.text)
    return MessageTemplate(carrier.name, language, text, tuple(values), tuple(options), token if options else "")


def provider_language(text: Template) -> str:
    return PROVIDER_LANGUAGES[language_of(text.tag)]


def body_of(text: Template) -> str:
    """The text as it is approved: its holes numbered, {{1}} first."""
    numbers = iter(range(1, len(text.parts) + 1))
    return "".join(part if isinstance(part, str) else f"{{{{{next(numbers)}}}}}" for part in text.parts)


def carriers(flow: Flow) -> Iterator[tuple[Say | Question | None, Carrier, Path]]:
    """Every template of a flow, with its step (None: a nudge, which has no buttons) and where it is named."""
    for step in flow.steps.values():
        yield from carriers_of(flow, step)


def carriers_of(flow: Flow, step: Step) -> Iterator[tuple[Say | Question | None, Carrier, Path]]:
    """Those of one step."""
    if isinstance(step, (Say, Question)) and step.carrier is not None:
        yield step, step.carrier, ("steps", step.id, "template")
    if isinstance(step, Question):
        for due in step.dues:
            if due.carrier is not None:
                yield None, due.carrier, (*nudge_path(flow, step, due.after), "template")


def labels_of(step: Say | Question | None) -> list[str | Template]:
    """What the template's buttons say."""
    if not isinstance(step, Question):
        return []
    if step.kind == "choice":
        return [choice.label.plain or choice.label for choice in step.options]
    answer = step.answer
    if answer is not None and step.kind == "yes_no":
        return [answer.yes, answer.no]
    return list(answer.labels) if answer is not None and step.kind == "scale" else []


def _value(conversation: Conversation, hole: Hole) -> str:
    """In one line, as the provider wants it."""
    shown = as_text(hole.value(conversation.scope, conversation.labels), hole.tag)
    return " ".join(shown.split()) or NOTHING
