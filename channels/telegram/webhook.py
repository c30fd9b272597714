"""One endpoint per bot. The path carries the channel's opaque public id, never the token.

Source: Telegram Bot API, setWebhook (`secret_token` comes back in X-Telegram-Bot-Api-Secret-Token).
"""

import hmac
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.telegram.parse import parse
from channels.webhook import Accept, DeadLetter, answer, body_or_refusal, try_later
from core.clock import Clock, system_clock
from core.errors import Transient
from core.threads.outbound import ChannelAccount

PATH = "/webhooks/telegram/{channel_id}"


def routes(
    *,
    find: Callable[[str], Awaitable[ChannelAccount | None]],
    accept: Accept,
    dead: DeadLetter,
    clock: Clock = system_clock,
) -> list[Route]:
    """Updates of every bot. `find` gives the account of a channel's public id, with `secrets["secret"]`.

    404 for an unknown channel, 401 and nothing stored for a wrong secret, 413 beyond 3 MB, 503 when `accept`,
    `dead` or `find` cannot work now; otherwise 200 once stored, whatever the update was: Telegram sends an update
    again until it is taken, and everything behind it waits.
    """

    async def update(request: Request) -> Response:
        try:
            account = await find(request.path_params["channel_id"])
        except Transient as transient:
            return try_later(transient)
        if account is None:
            return Response("no such channel", status_code=404)
        given = request.headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "replace")
        secret = account.secrets.get("secret", "").encode()
        if not secret or not hmac.compare_digest(given, secret):
            return Response("the secret token is missing or wrong", status_code=401)
        raw = await body_or_refusal(request)
        if isinstance(raw, Response):
            return raw
        username = account.settings.get("username")
        read = partial(parse, account=account.account, username=username, now=clock())
        return await answer(raw, read, accept, dead, account.account)

    return [Route(PATH, update, methods=["POST"])]
