"""What a question looks like when it is put: its options, its pages, its second wording."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.carriers import carried
from bot.conversation import Conversation, FlowBroke, moved, row_scope
from bot.language.compiled import Flow, Question
from bot.language.template import Unset, dig, is_money
from bot.state import Wait
from bot.understanding.choice import Choices, make_choices
from bot.understanding.when.in_words import in_short, in_words
from bot.understanding.when_answer import is_when, reading_of
from core.threads.content import Option, Prompt, Text

HUMAN, STAY, ALL, RESUME, DROP, USE, AS_IS, TAKE, OTHER = (
    "~human", "~stay", "~all", "~resume", "~drop", "~use", "~as_is", "~take", "~other",
)  # fmt: skip
EDIT, PICK = "~edit.", "~pick."
_OFFERS = {
    HUMAN: "offer.human",
    STAY: "offer.stay",
    ALL: "offer.all",
    RESUME: "offer.resume",
    DROP: "offer.drop",
    USE: "offer.use",
    AS_IS: "offer.as_is",
    TAKE: "offer.take",
    OTHER: "offer.other",
}


def own_options(conversation: Conversation, question: Question) -> list[Option]:
    """Every option of the question, in the order it is numbered in."""
    if question.shown:
        return list(question.shown)
    if question.kind == "choice":
        return [*_row_options(conversation, question), *_fixed_options(conversation, question)]
    answer = question.answer
    if answer is None:
        return []
    if question.kind == "yes_no":
        return [Option("yes", answer.yes), Option("no", answer.no)]
    if question.kind == "scale":
        least = int(answer.min or 0)
        return [Option(str(least + index), label) for index, label in enumerate(answer.labels)]
    return []


def _fixed_options(conversation: Conversation, question: Question) -> list[Option]:
    return [
        Option(
            choice.id,
            conversation.text(choice.label),
            choice.short,
            conversation.text(choice.description) if choice.description else None,
        )
        for choice in question.options
    ]


def _row_options(conversation: Conversation, question: Question) -> list[Option]:
    rows = question.rows
    if rows is None:
        return []
    listed = conversation.scope(rows.list)
    if not isinstance(listed, list):
        raise FlowBroke(f"{question.id}: {rows.list} is not a list")
    found: list[Option] = []
    for row in listed:
        scope = row_scope(conversation, row)
        try:
            label = rows.label.render(scope, conversation.labels)
            short = rows.short.render(scope, conversation.labels) if rows.short else None
            about = rows.description.render(scope, conversation.labels) if rows.description else None
        except Unset as unset:
            raise FlowBroke(f"{question.id}: {unset} in a row of {rows.list}") from unset
        found.append(Option(str(dig(row, [rows.id])), label, short if short != label else None, about or None))
    if not found and not question.options:
        raise FlowBroke(f"{question.id}: {rows.list} is empty, there is nothing to choose")
    return found


def row_aliases(conversation: Conversation, question: Question) -> dict[str, list[str]]:
    """Row → other words for it, where the rows have a field of them."""
    rows = question.rows
    if rows is None or rows.model.aliases is None:
        return {}
    listed = conversation.scope(rows.list) or ()
    return {str(dig(row, [rows.id])): list(dig(row, [rows.model.aliases]) or ()) for row in listed}


def choices_of(conversation: Conversation, question: Question) -> Choices:
    """The question's own options ready for matching."""
    if question.choices is not None:
        return question.choices
    aliases: dict[str, list[str]] = {choice.id: list(choice.aliases) for choice in question.options}
    aliases |= row_aliases(conversation, question)
    options = own_options(conversation, question)
    return make_choices(
        ((one.id, [one.label, one.short or "", *aliases.get(one.id, ())]) for one in options),
        ((choice.id, choice.also) for choice in question.options),
        len(options) - len(question.options) if question.rows is not None and question.rows.model.starts else None,
    )


def offered_options(conversation: Conversation, question: Question | None, wait: Wait) -> list[Option]:
    """The options offered instead of the question's own."""
    own = {option.id: option for option in own_options(conversation, question)} if question else {}
    found: list[Option] = []
    for offer in wait.offer:
        if offer in own:
            found.append(own[offer])
        elif offer in _OFFERS:
            found.append(Option(offer, conversation.own_text(_OFFERS[offer])))
        elif offer.startswith(EDIT):
            found.append(Option(offer, step_label(conversation, offer.removeprefix(EDIT))))
        elif offer.startswith(PICK):
            found.append(_moment_option(conversation, offer, wait.pending[int(offer.removeprefix(PICK))]))
    return found


def _moment_option(conversation: Conversation, offer: str, value: Any) -> Option:
    reading, language = reading_of(value), conversation.language
    return Option(offer, in_words(reading, today_of(conversation), language), in_short(reading, language))


def today_of(conversation: Conversation) -> date:
    """The date where the organization is, or in UTC when its zone is not known."""
    return conversation.now.astimezone(ZoneInfo(zone_of(conversation))).date()


def zone_of(conversation: Conversation) -> str:
    """The IANA zone of the organization; UTC when it is not known."""
    return str(conversation.facts.org.get("zone") or "UTC")


def step_label(conversation: Conversation, step: str) -> str:
    """What a question of the open flow is called: its label, its variable's label, or its name."""
    flow = conversation.flow
    question = flow.steps.get(step)
    if isinstance(question, Question):
        if question.label:
            return question.label
        if question.into and question.into in flow.vars:
            return var_label(flow, question.into)
    return step.replace("_", " ").capitalize()


def var_label(flow: Flow, name: str) -> str:
    """What a variable of the flow is called."""
    var = flow.vars.get(name)
    return var.label if var is not None and var.label else name.replace("_", " ").capitalize()


def open_question(conversation: Conversation, question: Question) -> None:
    """Begin to wait for an answer, and put the question."""
    begin_wait(conversation)
    show(conversation, question)


def begin_wait(conversation: Conversation) -> None:
    """Wait for an answer to the question of this step, which somebody else puts."""
    wait = Wait(conversation.token(), since=conversation.seconds)
    conversation.top = moved(conversation.top, conversation.top.step, wait)


def show(conversation: Conversation, question: Question, *, text: str | None = None, again: bool = False) -> None:
    """Send the question as it stands in the open wait: in its words, in its second ones (`again`), or as `text`."""
    wait = conversation.open_wait
    if text is None:
        template = question.again if again and question.again is not None else question.text
        text = conversation.text(template)
    options = offered_options(conversation, question, wait) if wait.offer else own_options(conversation, question)
    if question.carrier is not None and not wait.offer and conversation.is_late:
        conversation.send(carried(conversation, question.carrier, options, wait.token))
    elif question.multi and not wait.offer:
        # no channel has a list that several rows can be chosen from: everything is said, and numbers are typed
        conversation.send(Text("\n\n".join((text, _numbered(options), conversation.own_text("choice.several")))))
    elif options:
        opener = question.opener or conversation.own_text("prompt.opener")
        more = conversation.own_text("prompt.more")
        prompt = Prompt(text, wait.token, tuple(options), 0 if wait.offer else wait.offset, opener, more)
        conversation.send(prompt)
    elif question.kind == "phone" and question.answer is not None and question.answer.request:
        label = conversation.own_text("prompt.share_phone")
        conversation.send(Prompt(text, wait.token, request="phone", request_label=label))
    else:
        conversation.send(Text(text))


def _numbered(options: list[Option]) -> str:
    return "\n".join(
        f"{number}. {one.label}{f': {one.description}' if one.description else ''}"
        for number, one in enumerate(options, start=1)
    )


def show_again(conversation: Conversation, *, text: str | None = None) -> None:
    """Put the open question once more, all of its options, without counting a try.

    What is offered is taken back; what was read of a moment («a las 7») is not, and waits for the rest.
    """
    read = conversation.open_wait.pending if conversation.question.kind == "when" else ()
    conversation.set_wait(offer=(), pending=read, since=conversation.seconds, due=0)
    show(conversation, conversation.question, text=text, again=True)


def offer(conversation: Conversation, text: str, ids: tuple[str, ...], pending: tuple[Any, ...] = ()) -> None:
    """Offer other options on the open wait; its token stays, so the question's own buttons work as well."""
    conversation.set_wait(offer=ids, pending=pending)
    show(conversation, conversation.question, text=text)


def summary_of(conversation: Conversation, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(label, value as people read it) of the variables that have a value, in the flow's own language."""
    flow = conversation.own_flow
    found: list[tuple[str, str]] = []
    for name in names:
        value: Any = conversation.scope(name)
        if value is None or value == "":
            continue
        about_file = isinstance(value, dict) and not is_money(value) and not is_when(value)
        shown = f"[{value.get('type', 'archivo')}]" if about_file else conversation.own_labels(name, value)
        found.append((var_label(flow, name), shown))
    return tuple(found)
