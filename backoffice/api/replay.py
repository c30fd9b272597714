"""Reading a dead letter again: the parser wants a whole body, and what is kept is often one slice of it."""

import re
from typing import Any

from channels.telegram.parse import parse as parse_telegram
from channels.webhook import BadBody, read_json
from channels.whatsapp.parse import parse as parse_whatsapp
from core.clock import Clock
from core.errors import Refused
from core.threads.inbound import AnyItem
from core.threads.outbound import ChannelAccount

_PLACE = re.compile(r"^entry\[\d+\](?P<change>\.changes\[\d+\](?P<value>\.value\.(?P<field>[a-z_]+))?)?")
_FIELDS = {
    "messages": "messages",
    "statuses": "messages",
    "errors": "messages",
    "message_echoes": "smb_message_echoes",
    "history": "history",
    "state_sync": "smb_app_state_sync",
    "calls": "calls",
    "user_preferences": "user_preferences",
    "user_id_update": "user_id_update",
}
"""Name of a list in a change's value → the change's field."""


def reread(account: ChannelAccount, body: bytes, reason: str, clock: Clock) -> list[AnyItem]:
    """The items of a dead letter of this account; raises Refused when the bytes are no JSON."""
    try:
        given = read_json(body)
    except BadBody as bad:
        raise Refused("unreadable", f"El mensaje no es JSON: no se puede leer de nuevo ({bad}).") from None
    if account.kind == "telegram":
        username = account.settings.get("username")
        return parse_telegram(given, account=account.account, username=username, now=clock())
    return parse_whatsapp(enveloped(given, account, reason), now=clock())


def enveloped(given: Any, account: ChannelAccount, reason: str) -> Any:
    """A WhatsApp slice put back into a body, at the place its reason names; a whole body as it is."""
    if not isinstance(given, dict) or given.get("object") == "whatsapp_business_account":
        return given
    waba = str(account.settings.get("waba_id") or "")
    if isinstance(given.get("changes"), list):
        return {"object": "whatsapp_business_account", "entry": [given]}
    change = given
    if not ("field" in given and "value" in given):
        place = _PLACE.match(reason)
        name = (place.group("field") if place else None) or ("statuses" if "recipient_id" in given else "messages")
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": account.account},
            name: given[name] if isinstance(given.get(name), list) else [given],
        }
        change = {"field": _FIELDS.get(name, name), "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": [change]}]}
