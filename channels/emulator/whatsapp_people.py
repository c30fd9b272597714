"""What a person does on WhatsApp, told to the business's webhook in Meta's shapes."""

import json
from collections.abc import Callable
from typing import Any

from channels.emulator.acts import ActError, need
from channels.emulator.webhooks import Webhooks
from channels.emulator.whatsapp_wire import digits, echoes_value, history_value, message_head, messages_value
from channels.emulator.world import Json, Message, Person, WhatsAppAccount, World

MEDIA_KINDS = {"image", "audio", "voice", "video", "document", "sticker"}


def person_acts(world: World, webhooks: Webhooks, account: WhatsAppAccount, person: Person, act: Json) -> Json:
    """Do one act; returns {"id", "message"} with Meta's message object. Raises ActError for a bad act.

    `act` has `type` and its fields, and may carry reply_to (a message id), referral (Meta's object, kept
    whole), forwarded.
    """
    kind = str(act.get("type", "text"))
    maker = _MAKERS.get("media" if kind in MEDIA_KINDS else kind)
    if maker is None:
        raise ActError(f"unknown type {kind!r}; known: {', '.join(sorted({*_MAKERS, *MEDIA_KINDS}))}")
    made = maker(world, act)
    message_id, at = world.wamid(person.id), world.now()
    chat = world.chat(account, person.id)
    wire = message_head(person, message_id, at, made.pop("type", kind))
    if context := _context(world, account, person, act):
        wire = {"context": context, **wire}
    wire |= made
    if referral := act.get("referral"):
        wire["referral"] = referral
    person.last_wrote_at = at
    if person.window == "closed":
        person.window = "auto"
    message = Message(message_id, "in", at, wire, "pending", reply_to=act.get("reply_to"))
    if kind not in _CHANGES:
        chat.messages.append(message)
    elif target := chat.find(str(act["message_id"])):
        _CHANGES[kind](target, act)
    webhooks.whatsapp(account, messages_value(account, person, wire), marks=[message])
    world.publish("message", account, person.id)
    return {"id": message_id, "message": wire}


def business_phone_writes(
    world: World, webhooks: Webhooks, account: WhatsAppAccount, person: Person, act: Json
) -> Json:
    """The business answers from its own phone: an `smb_message_echoes` webhook; opens no window."""
    made = {"type": "text", "text": {"body": need(act, "text")}}
    message_id, at = world.wamid(person.id), world.now()
    wire = {"id": message_id, "timestamp": str(int(at)), **made}
    world.chat(account, person.id).messages.append(Message(message_id, "echo", at, made, "delivered"))
    webhooks.whatsapp(account, echoes_value(account, person, wire), to="smb_message_echoes")
    world.publish("message", account, person.id)
    return {"id": message_id, "message": wire}


def import_history(world: World, webhooks: Webhooks, account: WhatsAppAccount, person: Person, act: Json) -> Json:
    """`messages`: [{"from": "person"|"business", "text", "at"? (epoch seconds)}], oldest first."""
    business = digits(account.display_phone_number)
    wires: list[Json] = []
    for line in act.get("messages") or []:
        ours = line.get("from") == "business"
        at = float(line.get("at") or world.now())
        wire: Json = {"from": business, "to": person.id} if ours else {"from": person.id}
        text = {"body": need(line, "text")}
        wire |= {"id": world.wamid(person.id), "timestamp": str(int(at)), "type": "text", "text": text}
        wires.append({**wire, "history_context": {"status": "READ"}})
        direction: Any = "echo" if ours else "in"
        shown = Message(wire["id"], direction, at, {"type": "text", "text": text}, "read")
        world.chat(account, person.id).messages.append(shown)
    webhooks.whatsapp(account, history_value(account, person, wires), to="history")
    world.publish("message", account, person.id)
    return {"ids": [wire["id"] for wire in wires]}


def _context(world: World, account: WhatsAppAccount, person: Person, act: Json) -> Json:
    context: Json = {"forwarded": True} if act.get("forwarded") else {}
    if reply_to := act.get("reply_to"):
        quoted = world.chat(account, person.id).find(str(reply_to))
        theirs = quoted is not None and quoted.direction == "in"
        context["from"] = person.id if theirs else digits(account.display_phone_number)
        context["id"] = str(reply_to)
    return context


def _text(_: World, act: Json) -> Json:
    return {"text": {"body": need(act, "text")}}


def _button_reply(_: World, act: Json) -> Json:
    reply = {"id": need(act, "id"), "title": need(act, "title")}
    return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}


def _list_reply(_: World, act: Json) -> Json:
    reply = {"id": need(act, "id"), "title": need(act, "title")}
    if act.get("description"):
        reply["description"] = act["description"]
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}


def _flow_reply(_: World, act: Json) -> Json:
    given = act.get("response_json", {})
    answer = given if isinstance(given, str) else json.dumps(given)
    reply = {"response_json": answer, "body": "Sent", "name": "flow"}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}


def _template_button(_: World, act: Json) -> Json:
    return {"type": "button", "button": {"payload": need(act, "payload"), "text": need(act, "text")}}


def _media(world: World, act: Json) -> Json:
    """`media_id` of an upload to the control API; caption, filename, view_once as the person chose."""
    media = world.media.get(need(act, "media_id"))
    if media is None:
        raise ActError(f"media {act['media_id']!r} is not known; upload it first")
    kind = "audio" if act["type"] == "voice" else act["type"]
    shown: Json = {"mime_type": media.mime_type, "sha256": media.sha256_base64, "id": media.id}
    if act.get("caption"):
        shown["caption"] = act["caption"]
    if kind == "document":
        shown["filename"] = act.get("filename") or media.filename
    if kind == "audio":
        shown["voice"] = act["type"] == "voice"
    if kind == "sticker":
        shown["animated"] = bool(act.get("animated"))
    if act.get("view_once"):
        shown["view_once"] = True
    return {"type": kind, kind: shown}


def _location(_: World, act: Json) -> Json:
    place = {"latitude": float(need(act, "latitude")), "longitude": float(need(act, "longitude"))}
    return {"location": {**place, **{name: act[name] for name in ("name", "address", "url") if act.get(name)}}}


def _contacts(_: World, act: Json) -> Json:
    """`contacts` whole, or `name` and `phone`; `requested` answers a request_contact_info button."""
    contacts = act.get("contacts")
    if contacts is None:
        name, phone = need(act, "name"), need(act, "phone")
        vcard = f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;type=CELL:{phone}\nEND:VCARD"
        card = {"name": {"formatted_name": name, "first_name": name}}
        contacts = [{**card, "phones": [{"phone": phone, "wa_id": digits(phone), "type": "CELL"}], "vcard": vcard}]
    return {"contacts": contacts, "origin": "contact_request" if act.get("requested") else "other"}


def _reaction(_: World, act: Json) -> Json:
    """An empty `emoji` takes the reaction back."""
    return {"reaction": {"message_id": need(act, "message_id"), "emoji": str(act.get("emoji", ""))}}


def _order(_: World, act: Json) -> Json:
    return {"order": need(act, "order")}


def _unsupported(_: World, __: Json) -> Json:
    title = "Message type unknown"
    details = {"details": "Message type is currently not supported."}
    return {"errors": [{"code": 131051, "title": title, "message": title, "error_data": details}]}


def _edit(_: World, act: Json) -> Json:
    changed = {"type": "text", "text": {"body": need(act, "text")}}
    return {"edit": {"original_message_id": need(act, "message_id"), "message": changed}}


def _revoke(_: World, act: Json) -> Json:
    return {"revoke": {"original_message_id": need(act, "message_id")}}


def _raw(_: World, act: Json) -> Json:
    """`message`: any fields, for shapes the emulator does not know."""
    return dict(need(act, "message"))


def _apply_reaction(target: Message, act: Json) -> None:
    if act.get("emoji"):
        target.reactions["person"] = str(act["emoji"])
    else:
        target.reactions.pop("person", None)


def _apply_edit(target: Message, act: Json) -> None:
    target.content = {**target.content, "text": {"body": act["text"]}}
    target.edited = True


def _apply_revoke(target: Message, _: Json) -> None:
    target.deleted = True


_MAKERS: dict[str, Callable[[World, Json], Json]] = {
    "text": _text,
    "button_reply": _button_reply,
    "list_reply": _list_reply,
    "flow_reply": _flow_reply,
    "template_button": _template_button,
    "media": _media,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "order": _order,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
    "raw": _raw,
}
_CHANGES: dict[str, Callable[[Message, Json], None]] = {
    "reaction": _apply_reaction,
    "edit": _apply_edit,
    "revoke": _apply_revoke,
}
