"""The fake Bot API: `/bot{token}/{method}` and `/file/bot{token}/{path}`, method names in any case."""

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.emulator import bot_api_methods as methods
from channels.emulator import bot_api_send as sends
from channels.emulator.bot_api_call import Call, read_call
from channels.emulator.bot_api_limits import BotApiError
from channels.emulator.dropped import DroppedReply
from channels.emulator.faults import ErrorFault
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import Json, TelegramAccount, World

Method = Callable[[Any], Any]

METHODS: dict[str, Method] = {
    "getme": methods.get_me,
    "setwebhook": methods.set_webhook,
    "deletewebhook": methods.delete_webhook,
    "getwebhookinfo": methods.get_webhook_info,
    "sendchataction": methods.send_chat_action,
    "editmessagetext": methods.edit_message_text,
    "editmessagereplymarkup": methods.edit_message_reply_markup,
    "deletemessage": methods.delete_message,
    "answercallbackquery": methods.answer_callback_query,
    "setmessagereaction": methods.set_message_reaction,
    "getfile": methods.get_file,
    "setmycommands": methods.set_my_commands,
    "getmycommands": methods.get_my_commands,
    "getchat": methods.get_chat,
}
SENDS: dict[str, Method] = {
    "sendmessage": sends.send_message,
    "sendlocation": sends.send_location,
    "sendvenue": sends.send_venue,
    "sendcontact": sends.send_contact,
    "sendmediagroup": sends.send_media_group,
    **{f"send{kind}": sends.send_file(kind) for kind in sends.FILE_KINDS},
}


def bot_api_routes(world: World, webhooks: Webhooks) -> list[Route]:
    async def call(request: Request) -> Response:
        return await _call(request, world, webhooks)

    async def file(request: Request) -> Response:
        account = _bot(world, request.path_params["token"])
        media = world.media.get(request.path_params["path"].rpartition("/")[2])
        if account is None or media is None or media.account != account.key:
            return _refusal(BotApiError(404, "Not Found"))
        return Response(media.data, media_type="application/octet-stream")

    return [
        Route("/file/bot{token}/{path:path}", file, methods=["GET"]),
        Route("/bot{token}/{method}", call, methods=["GET", "POST"]),
    ]


def _bot(world: World, token: str) -> TelegramAccount | None:
    return next((bot for bot in world.telegram.values() if bot.token == token), None)


def _refusal(error: BotApiError) -> JSONResponse:
    return JSONResponse(error.body(), error.code)


def _fault_error(fault: ErrorFault) -> BotApiError:
    parameters = {}
    if fault.retry_after is not None:
        parameters["retry_after"] = fault.retry_after
    if fault.migrate_to_chat_id is not None:
        parameters["migrate_to_chat_id"] = fault.migrate_to_chat_id
    words = {
        400: "Bad Request: group chat was upgraded to a supergroup chat",
        403: "Forbidden: bot was blocked by the user",
        429: f"Too Many Requests: retry after {fault.retry_after}",
        500: "Internal Server Error",
        502: "Bad Gateway",
    }
    description = fault.details or words.get(fault.status, "Internal Server Error")
    return BotApiError(fault.status, description, **parameters)


async def _call(request: Request, world: World, webhooks: Webhooks) -> Response:
    account = _bot(world, request.path_params["token"])
    name = request.path_params["method"]
    if account is None:
        shaped = re.fullmatch(r"[0-9]+:[\w-]+", request.path_params["token"])  # the server looks no further otherwise
        return _refusal(BotApiError(401, "Unauthorized") if shaped else BotApiError(404, "Not Found"))
    params: Json = {}
    try:
        call = await read_call(request, world, webhooks, account, name)
        params = call.params
        send = SENDS.get(name.lower())
        method = send or METHODS.get(name.lower())
        if method is None:
            raise BotApiError(404, "Not Found: method not found")
        faults = world.faults_of(account)
        if send and (fault := faults.take_error("telegram_error")):
            raise _fault_error(fault)
        answer: Json = {"ok": True, "result": _run(method, call)}
        dropped = bool(send) and faults.take_drop()
    except BotApiError as error:
        _log(world, account, name, params, error.code, error.body())
        return _refusal(error)
    if send:
        _log(world, account, name, params, 0 if dropped else 200, {"dropped": answer} if dropped else answer)
    return DroppedReply() if dropped else JSONResponse(answer)


def _run(method: Method, call: Call) -> Any:
    try:
        return method(call)
    except (AttributeError, KeyError, TypeError, ValueError):
        # A list where an object belongs and the like: the methods read fields, Telegram answers 400.
        raise BotApiError(400, "Bad Request: can't parse request parameters") from None


def _log(world: World, account: TelegramAccount, name: str, params: Json, status: int, answer: Json) -> None:
    world.record_exchange(
        kind="request",
        account=account.key,
        summary=f"POST {name}",
        status=status,
        error=None,
        request=params,
        response=answer,
    )
