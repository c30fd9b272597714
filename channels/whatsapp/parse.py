"""A Meta webhook body → items: every entry × change × item by itself, so that one bad slice fails alone.

Pure, and never raises: what is not understood comes out as Unreadable with a reason that names the field.
Source: Meta, WhatsApp Business Platform webhooks reference (fields, messages, statuses, history, calls).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from channels.lenient import EPOCH, NotUnderstood, fingerprint, instant, record, sequence, storable, text
from channels.whatsapp.parse_events import (
    account_event,
    address_book_change,
    call,
    history_note,
    preference,
    user_id_change,
)
from channels.whatsapp.parse_message import echo, message, old_message
from channels.whatsapp.parse_status import call_status, status
from channels.whatsapp.parse_template import TEMPLATE_FIELDS, template_event
from channels.whatsapp.people import Place, stamp
from core.threads.inbound import AnyItem, Ignored, Unreadable

_Slice = tuple[str, object, Callable[[Place, dict[str, Any]], AnyItem]]
"""Where the slice stands (for the reason), the slice, and what reads it."""

_GROUP_FIELDS = frozenset(
    {"group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update"}
)
_ACCOUNT_FIELDS = frozenset(
    {
        "account_alerts",
        "account_offboarded",
        "account_reconnected",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "business_username_update",
        "flows",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "template_correct_category_detection",
    }
)


def parse(body: object, *, now: datetime = EPOCH) -> list[AnyItem]:
    """Every item of a body; at least one, whatever the body is. `now` dates what Meta gives no time for."""
    body = storable(body)
    if not isinstance(body, dict):
        return [_unreadable("", body, now, "the body is not a JSON object")]
    if body.get("object") != "whatsapp_business_account":
        return [_unreadable("", body, now, "the body's object is not whatsapp_business_account")]
    entries = body.get("entry")
    if not isinstance(entries, list) or not entries:
        return [_unreadable("", body, now, "entry is missing, empty or not an array")]
    items: list[AnyItem] = []
    for number, entry in enumerate(entries):
        changes = record(entry).get("changes")
        waba = text(record(entry).get("id")) or ""
        if not isinstance(changes, list) or not changes:
            items.append(
                _unreadable(f"waba:{waba}", entry, now, f"entry[{number}].changes is missing, empty or no array")
            )
            continue
        for position, change in enumerate(changes):
            items.extend(_change(entry, waba, change, now, f"entry[{number}].changes[{position}]"))
    return items


def _change(entry: dict[str, Any], waba: str, change: object, now: datetime, where: str) -> Iterator[AnyItem]:
    field, value = text(record(change).get("field")), record(change).get("value")
    if field is None or not isinstance(value, dict):
        yield _unreadable(f"waba:{waba}", change, now, f"{where}: field or value is missing or of the wrong type")
        return
    metadata = record(value.get("metadata"))
    place = Place(
        account=text(metadata.get("phone_number_id")) or f"waba:{waba}",
        waba=waba,
        at=instant(entry.get("time")),
        now=now,
        our_number=text(metadata.get("display_phone_number")),
        contacts=tuple(card for card in sequence(value.get("contacts")) if isinstance(card, dict)),
    )
    empty = True
    for name, slice_, read in _slices(field, value):
        empty = False
        yield _item(place, slice_, read, f"{where}.value.{name}" if name else where)
    if empty:
        yield _unreadable(
            place.account, change, place.at or now, f'{where}: nothing known in the value of field "{field}"'
        )


def _item(place: Place, slice_: object, read: Callable[[Place, dict[str, Any]], AnyItem], where: str) -> AnyItem:
    if not isinstance(slice_, dict):
        return _unreadable(place.account, slice_, place.at or place.now, f"{where} is not an object")
    try:
        return read(place, slice_)
    except NotUnderstood as reason:
        return _unreadable(place.account, slice_, place.at or place.now, f"{where}: {reason}")
    except Exception as fault:
        # A fault of ours must cost one slice, not the batch; the dead letter can be replayed once it is mended.
        return _unreadable(
            place.account, slice_, place.at or place.now, f"{where}: the parser failed with {type(fault).__name__}"
        )


def _slices(field: str, value: dict[str, Any]) -> Iterator[_Slice]:
    if field == "messages":
        yield from _listed(value, "messages", message)
        yield from _listed(value, "statuses", status)
    elif field == "smb_message_echoes":
        yield from _listed(value, "message_echoes", echo)
    elif field == "history":
        yield from _history(value)
    elif field == "smb_app_state_sync":
        yield from _listed(value, "state_sync", address_book_change)
    elif field == "calls":
        yield from _listed(value, "calls", call)
        yield from _listed(value, "statuses", call_status)
    elif field == "user_preferences":
        yield from _listed(value, "user_preferences", preference)
    elif field == "user_id_update":
        yield from _listed(value, "user_id_update", user_id_change)
    elif field in _GROUP_FIELDS:
        yield "", value, _group_event
        return
    elif field in TEMPLATE_FIELDS:
        yield "", value, lambda place, raw: template_event(place, raw, field)
        return
    elif field in _ACCOUNT_FIELDS:
        yield "", value, lambda place, raw: account_event(place, raw, field)
        return
    else:
        yield "", value, lambda place, raw: _unknown_field(field)
        return
    if "errors" in value:
        yield "errors", {"errors": value["errors"]}, lambda place, raw: account_event(place, raw, "errors")


def _listed(value: dict[str, Any], name: str, read: Callable[[Place, dict[str, Any]], AnyItem]) -> Iterator[_Slice]:
    if name not in value:
        return
    listed = value[name]
    if not isinstance(listed, list):
        yield name, {name: listed}, lambda place, raw: _not_an_array()
        return
    for position, slice_ in enumerate(listed):
        yield f"{name}[{position}]", slice_, read


def _history(value: dict[str, Any]) -> Iterator[_Slice]:
    """Chunks of threads of old messages, or `messages` with the media ids that come after their placeholders."""
    yield from _listed(value, "messages", lambda place, raw: old_message(place, raw, None))
    chunks = value.get("history")
    if "history" in value and not isinstance(chunks, list):
        yield "history", {"history": chunks}, lambda place, raw: _not_an_array()
    for number, chunk in enumerate(sequence(chunks)):
        where = f"history[{number}]"
        note = {key: item for key, item in record(chunk).items() if key != "threads"}
        yield where, note if isinstance(chunk, dict) else chunk, history_note
        for place_in, thread in enumerate(sequence(record(chunk).get("threads"))):
            whose = text(record(thread).get("id"))
            if not isinstance(record(thread).get("messages"), list):
                yield f"{where}.threads[{place_in}]", {"thread": thread}, lambda place, raw: _not_an_array()
            for index, slice_ in enumerate(sequence(record(thread).get("messages"))):
                yield (
                    f"{where}.threads[{place_in}].messages[{index}]",
                    slice_,
                    lambda place, raw, whose=whose: old_message(place, raw, whose),  # type: ignore[misc]
                )


def _not_an_array() -> AnyItem:
    raise NotUnderstood("an array was expected")


def _unknown_field(field: str) -> AnyItem:
    raise NotUnderstood(f'unknown webhook field "{field}"')


def _group_event(place: Place, raw: dict[str, Any]) -> AnyItem:
    return Ignored(
        **stamp(place, fingerprint("group", raw), place.at or place.now, raw), reason="a WhatsApp group is not a person"
    )


def _unreadable(account: str, slice_: object, at: datetime, reason: str) -> Unreadable:
    raw = slice_ if isinstance(slice_, dict) else {"slice": slice_}
    at = instant(raw.get("timestamp")) or at
    return Unreadable(account=account, external_id=fingerprint("unreadable", raw), at=at, raw=raw, reason=reason)
