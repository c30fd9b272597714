"""What Meta says of a number, of the business account it is in, and of who hears of it.

Source: Meta, Graph API: phone number, WhatsApp Business Account (phone_numbers, subscribed_apps), secure requests.
"""

import hashlib
import hmac
from dataclasses import dataclass

from channels.whatsapp.send import WhatsAppClients
from core.threads.outbound import ChannelAccount, SendRefused


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A number as Meta shows it; `quality` is GREEN, YELLOW, RED or UNKNOWN."""

    number: str
    name: str
    quality: str


async def number_of(clients: WhatsAppClients, account: ChannelAccount) -> NumberFacts:
    """The account's number, if its token may read it. Raises what `WhatsAppClients.send` raises."""
    fields = {"fields": "display_phone_number,verified_name,quality_rating"}
    told = await clients.ask(account, "GET", f"/{account.account}", params=fields)
    number, name = (str(told.get(key) or "") for key in ("display_phone_number", "verified_name"))
    return NumberFacts(number, name, str(told.get("quality_rating") or "UNKNOWN"))


async def is_of_waba(clients: WhatsAppClients, account: ChannelAccount) -> bool:
    """Whether the number is one of its business account's. Raises what `send` raises."""
    path = f"/{account.settings['waba_id']}/phone_numbers"
    told = await clients.ask(account, "GET", path, params={"fields": "id", "limit": "100"})
    return any(str(one.get("id")) == account.account for one in told.get("data") or [] if isinstance(one, dict))


async def secret_fits(clients: WhatsAppClients, account: ChannelAccount) -> bool:
    """Whether the app secret is of the app that made the token: Meta refuses a proof made with another one.

    Raises what `send` raises, except that refusal.
    """
    token, secret = account.secrets.get("access_token", ""), account.secrets.get("app_secret", "")
    proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    try:
        await clients.ask(account, "GET", f"/{account.account}", params={"fields": "id", "appsecret_proof": proof})
    except SendRefused as refused:
        if "appsecret_proof" in refused.message:
            return False
        raise
    return True


async def is_subscribed(clients: WhatsAppClients, account: ChannelAccount) -> bool:
    """Whether an app hears of the business account. Raises what `send` raises."""
    told = await clients.ask(account, "GET", f"/{account.settings['waba_id']}/subscribed_apps")
    return bool(told.get("data"))


async def subscribe(clients: WhatsAppClients, account: ChannelAccount) -> None:
    """Have the token's app hear of the business account. Raises what `send` raises."""
    await clients.ask(account, "POST", f"/{account.settings['waba_id']}/subscribed_apps")


async def unsubscribe(clients: WhatsAppClients, account: ChannelAccount) -> None:
    """The token's app hears of the business account no more. Raises what `send` raises."""
    await clients.ask(account, "DELETE", f"/{account.settings['waba_id']}/subscribed_apps")
