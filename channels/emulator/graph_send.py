"""Accepting a WhatsApp send: who it goes to, the record, and the statuses that follow."""

import asyncio

from channels.emulator.graph_errors import WINDOW_DETAILS, GraphError, status_error
from channels.emulator.graph_limits import check_send
from channels.emulator.graph_templates import check_template, fill_template
from channels.emulator.rates import WHATSAPP_NUMBER, WHATSAPP_PAIR
from channels.emulator.webhooks import Webhooks
from channels.emulator.whatsapp_wire import digits, status_value
from channels.emulator.world import Json, Message, Person, Sent, WhatsAppAccount, World

TYPING_SECONDS = 25
RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}


def accept_send(world: World, webhooks: Webhooks, account: WhatsAppAccount, body: Json) -> Json:
    """Record one send and start its statuses; returns Meta's answer. Raises GraphError when refused."""
    kind = check_send(body, world.media)
    category, shown = "service", None
    if kind == "template":
        category, shown = _template(account, body["template"])
    person = recipient(world, account, body)
    _check_rates(world, account, person)
    message = Message(
        id=world.wamid(person.id),
        direction="out",
        at=world.now(),
        content={
            "type": kind,
            kind: body[kind],
            "_category": category,
            **({"_shown": shown} if shown else {}),
        },
        status="accepted",
        tracker=body.get("biz_opaque_callback_data"),
        reply_to=(body.get("context") or {}).get("message_id"),
    )
    chat = world.chat(account, person.id)
    open_window = world.window_is_open(person)
    if kind == "reaction":
        target = chat.find(str(body["reaction"]["message_id"]))
        if target:
            _react(target, "business", str(body["reaction"]["emoji"]))
    else:
        chat.messages.append(message)
    chat.typing_until = 0.0
    world.sent.append(Sent(account.key, person.id, message.id, message.at, message.tracker, "messages", body))
    world.publish("message", account, person.id)
    failure = None if open_window or kind == "template" else status_error(131047, WINDOW_DETAILS)
    webhooks.spawn(follow_up(world, webhooks, account, person, message, failure))
    return _answer(body, person, message, kind)


def _template(account: WhatsAppAccount, content: Json) -> tuple[str, Json]:
    """The pricing category and the filled text of a template send."""
    try:
        template = check_template(account, content)
        return template["category"].lower(), fill_template(template, content)
    except (AttributeError, KeyError, TypeError, IndexError):
        raise GraphError(132018, "template['components'] is not valid") from None


def _check_rates(world: World, account: WhatsAppAccount, person: Person) -> None:
    """Raises GraphError 131056 (one person) or 130429 (the number) over the rate, when enforced."""
    if not account.enforce_rates:
        return
    now = world.now()
    if world.buckets.wait_for(f"{account.key}/{person.id}", WHATSAPP_PAIR, now):
        raise GraphError(131056, "Too many messages sent from this number to the same recipient in a short time")
    if world.buckets.wait_for(account.key, WHATSAPP_NUMBER, now):
        raise GraphError(130429, "Cloud API message throughput has been reached.", status=429)


def _answer(body: Json, person: Person, message: Message, kind: str) -> Json:
    if body.get("to"):
        who = {"input": str(body["to"]), "wa_id": person.id}
    else:
        who = {"input": str(body["recipient"]), "user_id": person.user_id}
    entry = {"id": message.id, **({"message_status": "accepted"} if kind == "template" else {})}
    return {"messaging_product": "whatsapp", "contacts": [who], "messages": [entry]}


def _react(target: Message, who: str, emoji: str) -> None:
    if emoji:
        target.reactions[who] = emoji
    else:
        target.reactions.pop(who, None)


def recipient(world: World, account: WhatsAppAccount, body: Json) -> Person:
    """`to` (a number) wins over `recipient` (a BSUID), as at Meta. Raises GraphError 131009/131026."""
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(131009, "recipient_type must be individual")
    if body.get("to"):
        number = digits(str(body["to"]))
        if not 7 <= len(number) <= 15:
            raise GraphError(131009, "Recipient phone number is not valid")
        return world.person(account, number)
    bsuid = str(body["recipient"])
    for (key, _), person in world.people.items():
        if key == account.key and person.user_id == bsuid:
            return person
    raise GraphError(131026, f"Recipient {bsuid} is not known to this business")


async def follow_up(
    world: World,
    webhooks: Webhooks,
    account: WhatsAppAccount,
    person: Person,
    message: Message,
    failure: Json | None,
) -> None:
    """sent, delivered and read (or failed), each after `status_delay` seconds and the one before it tried."""
    began = world.resets
    steps = ["failed"] if failure else ["sent"]
    if not failure and account.auto_deliver and not person.blocked:
        steps += ["delivered", "read"] if account.auto_read else ["delivered"]
    for status in steps:
        await asyncio.sleep(account.status_delay)
        if world.resets != began:
            return
        await report(world, webhooks, account, person, message, status, failure)


async def report(
    world: World,
    webhooks: Webhooks,
    account: WhatsAppAccount,
    person: Person,
    message: Message,
    status: str,
    failure: Json | None = None,
) -> None:
    """Move the ticks (never back) and post the status webhook unless statuses are muted."""
    if RANK[status] > RANK.get(message.status, 0):
        message.status = status
    if failure:
        message.error = failure
    world.publish("status", account, person.id)
    if world.faults_of(account).mute_statuses:
        return
    errors = [failure] if failure else None
    delivery = webhooks.whatsapp(account, status_value(account, person, message, status, world.now(), errors=errors))
    if delivery:
        await delivery.tried.wait()


def mark_read(world: World, account: WhatsAppAccount, body: Json) -> Json:
    """`status: read`, with or without typing: blue ticks up to that message. GraphError 131009 if unknown."""
    message_id = str(body.get("message_id", ""))
    for (key, person_id), chat in world.chats.items():
        if key == account.key and (found := chat.find(message_id)) and found.direction == "in":
            for message in chat.messages:
                if message.direction == "in":
                    message.status = "read"
                if message is found:
                    break
            if body.get("typing_indicator"):
                chat.typing_until = world.now() + TYPING_SECONDS
            world.publish("read", account, person_id)
            return {"success": True}
    raise GraphError(131009, f"Message with id {message_id} was not received by this number")
