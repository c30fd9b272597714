"""Where the providers knock: the channels' routes, given the function that stores what they bring."""

import hmac
from collections.abc import Callable, Sequence
from functools import partial

from starlette.routing import Route

from backoffice.runtime import Runtime
from channels.telegram import webhook as telegram
from channels.whatsapp import webhook as whatsapp
from core.errors import Missing
from core.threads.channels import Directory
from core.threads.inbound import Accepted, AnyItem
from core.threads.outbound import ChannelAccount


def webhook_routes(runtime: Runtime) -> list[Route]:
    """Plain Starlette routes: no validation layer stands in the hot path."""
    accepts, directory = runtime.accepts, runtime.directory

    async def from_whatsapp(secret: str, items: Sequence[AnyItem]) -> list[Accepted]:
        def signed_for(account: ChannelAccount) -> bool:
            return hmac.compare_digest(account.secrets.get("app_secret", "").encode(), secret.encode())

        accepted = await accepts.accept("whatsapp", items, signed_for)
        await _note_heard(directory, "whatsapp", items, signed_for)
        return accepted

    async def from_telegram(items: Sequence[AnyItem]) -> list[Accepted]:
        # The secret header was that of the very bot the path names, and the items carry that bot's account.
        accepted = await accepts.accept("telegram", items, lambda _account: True)
        await _note_heard(directory, "telegram", items, lambda _account: True)
        return accepted

    async def find(public_id: str) -> ChannelAccount | None:
        try:
            channel_id = runtime.ids.decode("channel", public_id)
        except Missing:
            return None
        await directory.refresh()
        found = directory.find(channel_id)
        if found is None:
            await directory.refresh(force=True)
            found = directory.find(channel_id)
        return found if found is not None and found.kind == "telegram" else None

    return [
        *whatsapp.routes(
            app_secrets=lambda: [one.secrets.get("app_secret", "") for one in directory.all("whatsapp")],
            verify_tokens=lambda: [one.secrets.get("verify_token", "") for one in directory.all("whatsapp")],
            accept=from_whatsapp,
            dead=partial(accepts.bury_body, "whatsapp"),
            look_again=directory.look_again,
            verified=directory.verified,
            clock=runtime.clock,
        ),
        *telegram.routes(
            find=find, accept=from_telegram, dead=partial(accepts.bury_body, "telegram"), clock=runtime.clock
        ),
    ]


async def _note_heard(
    directory: Directory, kind: str, items: Sequence[AnyItem], may_use: Callable[[ChannelAccount], bool]
) -> None:
    """The accounts these items are of were heard of, if whoever sent them may speak for them."""
    for account in {item.account for item in items}:
        found = directory.known(kind, account)
        if found is not None and may_use(found):
            await directory.note(found.id, "heard_at")
