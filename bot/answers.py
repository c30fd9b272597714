"""Read what the person said as the answer the open question asks for."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.language.model import AnswerModel, ElsewhereModel
from bot.language.template import dig, listed
from bot.naming import row_named
from bot.prompts import choices_of, today_of, zone_of
from bot.understanding.age import understand_age
from bot.understanding.birth_date import understand_birth_date
from bot.understanding.choice import exact_choice, understand_choice
from bot.understanding.email import understand_email
from bot.understanding.media import understand_media
from bot.understanding.money import CURRENCIES, understand_money
from bot.understanding.name import understand_name
from bot.understanding.number import understand_number
from bot.understanding.phone import understand_phone
from bot.understanding.scale import understand_scale
from bot.understanding.several_choices import understand_choices
from bot.understanding.text import understand_text
from bot.understanding.understood import Reading, Unclear, Understood
from bot.understanding.when import WhenContext, understand_when
from bot.understanding.when_answer import AskedWhen, is_when, understand_when_answer
from bot.understanding.yes_no import understand_yes_no
from core.fold import fold
from core.threads.content import Cards, Content, Location, Media, Text

TEXT_LENGTH, NAME_LENGTH = 1000, 60


def said_text(content: Content) -> str | None:
    """The words of a message: its text, or the caption of a file; None when it has none."""
    if isinstance(content, Text):
        return content.text
    return content.caption if isinstance(content, Media) and content.caption.strip() else None


def read_exactly(conversation: Conversation, question: Question, folded: str) -> Reading:
    """Only what is certain and beats the global words: an option by id, label, alias or number; a word that skips."""
    if question.skip and folded in question.skip:
        return Understood(None)
    if question.kind == "choice" and (option := exact_choice(folded, choices_of(conversation, question))):
        return Understood([option] if question.multi else option)
    return Unclear("nothing")


def read_text(conversation: Conversation, question: Question, text: str) -> Reading:
    """The text as the kind of answer asked for."""
    answer = question.answer
    if question.multi:
        return understand_choices(text, choices_of(conversation, question))
    if question.kind == "choice" or answer is None:
        return _read_choice(conversation, question, text)
    match question.kind:
        case "text":
            return understand_text(text, minimum=int(answer.min or 1), maximum=int(answer.max or TEXT_LENGTH))
        case "name":
            return understand_name(text, minimum=int(answer.min or 2), maximum=int(answer.max or NAME_LENGTH))
        case "yes_no":
            return _read_yes_no(question, text)
        case "number":
            return understand_number(text, minimum=answer.min, maximum=answer.max, integer=answer.integer)
        case "age":
            return understand_age(text, today=today_of(conversation), minimum=answer.min, maximum=answer.max)
        case "birth_date":
            return understand_birth_date(text, today=today_of(conversation))
        case "when":
            return understand_when_answer(text, asked_when(conversation, answer))
        case "money":
            country = region_of(conversation, question)
            currency = answer.currency or currency_of(conversation)
            return understand_money(text, currency=currency, country=country, minimum=answer.min, maximum=answer.max)
        case "email":
            return understand_email(text)
        case "scale":
            least, most = scale_range(question)
            labels = _labels_said(question, text)
            return understand_scale(text, minimum=least, maximum=most, labels=labels)
        case "phone":
            own = conversation.facts.contact.get("phone")
            return understand_phone(
                text, region=region_of(conversation, question), own=own, same_chat=question.same_chat
            )
    return Unclear("nothing")


def _read_choice(conversation: Conversation, question: Question, text: str) -> Reading:
    reading = understand_choice(text, choices_of(conversation, question))
    if isinstance(reading, Understood):
        return reading
    return row_at(conversation, question, text) or row_named(conversation, question, text) or reading


def _read_yes_no(question: Question, text: str) -> Reading:
    folded = fold(text)
    for answer in (question.answer, *question.also):
        if answer is not None and folded in (fold(answer.yes), fold(answer.no)):
            return Understood(folded == fold(answer.yes))
    if folded in ("1", "2"):
        return Understood(folded == "1")
    return understand_yes_no(text)


def asked_when(conversation: Conversation, answer: AnswerModel) -> AskedWhen:
    """What a `when` question asks for, where the organization is."""
    wait = conversation.wait
    return AskedWhen(
        now=wall_clock(conversation),
        zone=zone_of(conversation),
        locale=locale_of(conversation),
        hours=conversation.facts.org.get("opening") or None,
        future=answer.future,
        horizon_days=answer.horizon // 86400 if answer.horizon else None,
        needs=answer.needs,
        echo=answer.echo,
        pending=wait.pending if wait else (),
    )


def names_moment(conversation: Conversation, text: str) -> bool:
    """Whether a day, a part of one or an hour is said: not a bare number, which may be anything."""
    context = WhenContext(hours=conversation.facts.org.get("opening") or None)
    when = understand_when(text, wall_clock(conversation), zone_of(conversation), locale_of(conversation), context)
    return bool(when) and not when.source.strip().isdigit()


def row_at(conversation: Conversation, question: Question, text: str) -> Reading | None:
    """A day or an hour as the row of a list it fits; None where rows have no moments, or none was said.

    Unclear: `near`, several rows; `elsewhere`, none of them, with the moment as a value.
    """
    rows = question.rows
    if rows is None or rows.model.starts is None:
        return None
    context = WhenContext(hours=conversation.facts.org.get("opening") or None)
    when = understand_when(text, wall_clock(conversation), zone_of(conversation), locale_of(conversation), context)
    if not when:
        return None
    starts = {
        str(dig(row, [rows.id])): datetime.fromisoformat(str(dig(row, [rows.model.starts])))
        for row in conversation.scope(rows.list) or ()
    }
    for reading in (when.best, *when.alternatives):
        fitting = tuple(option for option, start in starts.items() if reading.holds(start))
        if len(fitting) == 1:
            return Understood(fitting[0], 0.9)
        if fitting:
            return Unclear("near", fitting)
    return _elsewhere(conversation, question.elsewhere, text) if question.elsewhere else None


def _elsewhere(conversation: Conversation, elsewhere: ElsewhereModel, text: str) -> Reading | None:
    """A moment none of the rows has, together with what was asked for before: «el martes» and then «a las 4»."""
    before = conversation.scope(elsewhere.into)
    asked = replace(asked_when(conversation, AnswerModel(type="when")), pending=(before,) if is_when(before) else ())
    reading = understand_when_answer(text, asked)
    values = (reading.value,) if isinstance(reading, Understood) else reading.alternatives
    return Unclear("elsewhere", values[:1]) if values else None


def wall_clock(conversation: Conversation) -> datetime:
    """What the clock on the organization's wall shows."""
    return conversation.now.astimezone(ZoneInfo(zone_of(conversation))).replace(tzinfo=None)


def locale_of(conversation: Conversation) -> str:
    """Language and country, as days and hours are read."""
    return f"{conversation.language}-{conversation.facts.org.get('country') or conversation.globals.region}"


def _labels_said(question: Question, text: str) -> list[str]:
    """A scale's labels in the language one of them was said in; in the language spoken when none was."""
    assert question.answer is not None
    folded = fold(text)
    for answer in question.also:
        if folded in map(fold, answer.labels):
            return answer.labels
    return question.answer.labels


def region_of(conversation: Conversation, question: Question) -> str:
    """ISO 3166 of local phone numbers: the question's, the organization's, the pack's."""
    asked = question.answer.region if question.answer else None
    return asked or str(conversation.facts.org.get("country") or conversation.globals.region)


def currency_of(conversation: Conversation) -> str:
    """ISO 4217 of a bare number: the organization's, else its country's."""
    org = conversation.facts.org
    return str(org.get("currency") or CURRENCIES.get(str(org.get("country") or conversation.globals.region), "USD"))


def scale_range(question: Question) -> tuple[int, int]:
    """Least and greatest value of a scale."""
    answer = question.answer
    assert answer is not None
    least = int(answer.min or 0)
    return least, least + len(answer.labels) - 1 if answer.labels else int(answer.max or 0)


def read_content(conversation: Conversation, question: Question, content: Content) -> Reading:
    """What is not text, as an answer: files where they are taken, one's own contact card where a phone is asked."""
    answer = question.answer
    if answer is not None and isinstance(content, Media) and answer.media:
        most = int(answer.max_mb * 1_000_000) if answer.max_mb else None
        return understand_media(content, types=answer.media, max_bytes=most)
    if answer is not None and answer.location and isinstance(content, Location):
        return Understood(place_in_words(content))
    if question.kind == "phone" and isinstance(content, Cards):
        return _read_card(conversation, question, content)
    return Unclear("file")


def _read_card(conversation: Conversation, question: Question, cards: Cards) -> Reading:
    card = cards.cards[0] if len(cards.cards) == 1 else None
    # Telegram vouches for one's own card; elsewhere a card is as good as a typed number
    if card is None or not card.phones or (conversation.facts.channel == "telegram" and not card.own):
        return Unclear("card")
    phone = card.phones[0]
    region = region_of(conversation, question)
    reading = understand_phone(phone, region=region)
    return reading if isinstance(reading, Understood) else understand_phone(f"+{phone.lstrip('+')}", region=region)


def place_in_words(place: Location) -> str:
    """A shared place as text that a person can read and a phone can open: its name, its address, a link to a map."""
    link = f"https://maps.google.com/?q={place.latitude:.6f},{place.longitude:.6f}"
    return ", ".join(part for part in (place.name, place.address, link) if part)


def read_option(question: Question, option: str) -> Any:
    """The value of a tapped option."""
    if question.kind == "yes_no":
        return option == "yes"
    return int(option) if question.kind == "scale" else option


def words_for(conversation: Conversation, question: Question) -> dict[str, Any]:
    """What the engine's texts about this question may name."""
    answer, engine = question.answer, conversation.engine
    if answer is None:
        return {}
    accepts = [engine.accepts[kind] for kind in answer.media]
    files = listed(accepts, "or", conversation.tag) if accepts else engine.words["a_file"]
    if question.kind == "scale":
        least, most = scale_range(question)
        return {"accepts": files, "min": least, "max": most}
    if question.kind == "text" and answer.media:
        files = f"{', '.join(accepts)} {engine.words['or_write']}"
    longest = int(answer.max) if answer.max else TEXT_LENGTH
    return {"accepts": files, "max": longest}


def thing(conversation: Conversation, content: Content) -> str:
    """What was sent, as the engine calls it."""
    kind = content.type if isinstance(content, Media) else "location" if isinstance(content, Location) else content.kind
    things = conversation.engine.things
    return things.get(kind, things["other"])
