"""Sending over the Cloud API with pywa's async client: one client per token, one connection pool for all of them."""

import mimetypes
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pywa_async.client import WhatsApp
from pywa_async.errors import WhatsAppError

from channels.media import LoadMedia, MediaFile, MediaProblem, checked
from channels.network import never_left
from channels.whatsapp.errors import Reason, reason_of
from core.errors import Transient
from core.threads.content import Media
from core.threads.outbound import AccountBroken, ChannelAccount, OutcomeUnknown, SendLater, SendRefused, Wire

_MB = 1024 * 1024
MAX_SIZE = {
    "image": 5 * _MB,
    "sticker": 500 * 1024,
    "audio": 16 * _MB,
    "voice": 16 * _MB,
    "video": 16 * _MB,
    "animation": 16 * _MB,
    "document": 100 * _MB,
}
"""Bytes by type of media (Meta, supported media types)."""

_META_HOSTS = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net")
"""The bearer token goes with a media download, so nothing is fetched from anywhere else."""

_INTERACTIVE = {
    "interactive_buttons": "button",
    "interactive_list": "list",
    "location_request": "location_request_message",
    "contact_request": "request_contact_info",
}
_FILES = frozenset({"image", "audio", "video", "document", "sticker"})
_REDIRECTS = 3
_GONE_SUBCODE = 33  # code 100 with it: the object does not exist, or is no longer ours to see


class WhatsAppClients:
    """Built once per process, inside its event loop; `close` it at the end.

    200 clients on a shared transport cost 2 MB where 200 with their own cost 166 MB.
    """

    def __init__(self, *, connect_timeout: float = 5.0, read_timeout: float = 30.0) -> None:
        self._transport = AiohttpTransport(client=self._session)
        self._clients: dict[tuple[str, str], tuple[WhatsApp, httpx.AsyncClient]] = {}
        self._timeout = httpx.Timeout(read_timeout, connect=connect_timeout, pool=connect_timeout)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()
        self._clients.clear()

    async def send(
        self,
        account: ChannelAccount,
        address: dict[str, Any],
        wire: Wire,
        tracker: str | None,
        load_media: LoadMedia,
        reply_to: str | None = None,
    ) -> str:
        """The provider id (wamid) of the message Meta took.

        `address` is {"to": wa_id} or {"recipient": bsuid}; `tracker` (at most 512 characters) comes back in every
        status; `reply_to` is the wamid it quotes. Raises SendRefused, SendLater, AccountBroken or OutcomeUnknown.
        """
        client, _ = self._client(account)
        kind, message = wire.type, dict(wire.body)
        if wire.type in _INTERACTIVE:
            kind, message = "interactive", {"type": _INTERACTIVE[wire.type], **message}
        elif wire.type in _FILES and wire.attachment is not None:
            message["id"] = await self._upload(account, wire, await load_media(wire.attachment))
        try:
            # Not the public send_text and its kin: they take a BSUID with letters for a group.
            answer = await client.api.send_message(
                sender=account.account,
                to=address.get("to"),
                recipient=None if address.get("to") else address.get("recipient"),
                recipient_type="individual",
                typ=kind,
                msg=tuple(message["contacts"]) if kind == "contacts" else message,
                biz_opaque_callback_data=tracker,
                reply_to_message_id=reply_to,
            )
            return str(answer["messages"][0]["id"])
        except Exception as error:
            raise _outcome(error, account) from None

    async def mark_read(self, account: ChannelAccount, provider_id: str, typing: bool) -> None:
        """Two blue ticks, and "typing…" for 25 seconds or until we send. Raises what `send` raises."""
        client, _ = self._client(account)
        try:
            if typing:
                await client.api.set_indicator(account.account, provider_id, "text")
            else:
                await client.api.mark_message_as_read(account.account, provider_id)
        except Exception as error:
            raise _outcome(error, account) from None

    async def ask(self, account: ChannelAccount, method: str, endpoint: str, **request: Any) -> dict[str, Any]:
        """Meta's answer to any other request of the Graph API, a JSON object. Raises what `send` raises."""
        client, _ = self._client(account)
        try:
            answer = await client.api.send_raw_request(method, endpoint, **request)
        except Exception as error:
            raise _outcome(error, account) from None
        return answer if isinstance(answer, dict) else {}

    async def who_am_i(self, account: ChannelAccount) -> str:
        """The number and name Meta knows the account by. Raises what `send` raises."""
        known = await self.ask(
            account, "GET", f"/{account.account}", params={"fields": "display_phone_number,verified_name"}
        )
        return f"{known.get('display_phone_number', '')} {known.get('verified_name', '')}".strip()

    async def fetch_media(self, account: ChannelAccount, media: Media) -> MediaFile:
        """The bytes of a file somebody sent; Meta keeps them for 7 days.

        Raises MediaProblem (final), Transient (try again) or AccountBroken.
        """
        if not media.provider_ref:
            raise MediaProblem("missing", "the message names no file")
        client, http = self._client(account)
        limit = MAX_SIZE[media.type]
        try:
            told = await client.api.get_media_url(media.provider_ref)
            size = told.get("file_size")
            if isinstance(size, int) and size > limit:
                raise MediaProblem("too_big", f"the file has {size} bytes, {limit} are allowed")
            data = await self._download(http, account, str(told.get("url") or ""), limit)
        except MediaProblem:
            raise
        except Exception as error:
            raise _fetch_failure(error, account) from None
        return checked(data, media.type, told.get("mime_type") or media.mime, media.filename)

    def _client(self, account: ChannelAccount) -> tuple[WhatsApp, httpx.AsyncClient]:
        token = account.secrets.get("access_token", "")
        base = str(account.settings.get("api_base") or "").rstrip("/")
        if not token:
            raise AccountBroken("190", "the account has no access token")
        known = self._clients.get((token, base))
        if known is None:
            http = httpx.AsyncClient(transport=self._transport, timeout=self._timeout)
            client = WhatsApp(token=token, session=http, filter_updates=False, validate_updates=False)
            if base:
                http.base_url = httpx.URL(base + http.base_url.path)
            known = self._clients[token, base] = (client, http)
        return known

    def _session(self) -> aiohttp.ClientSession:
        # Cookies of one tenant's token must not travel with another's.
        connector = aiohttp.TCPConnector(limit=100, ssl=self._transport.ssl_context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def _upload(self, account: ChannelAccount, wire: Wire, file: MediaFile) -> str:
        """Meta's id for the file. A failure here has sent nothing, whatever became of the upload."""
        if len(file.data) > MAX_SIZE[wire.type]:
            raise SendRefused("131053", f"a file of {len(file.data)} bytes is too big for {wire.type}")
        client, _ = self._client(account)
        mime = "audio/ogg; codecs=opus" if wire.body.get("voice") and file.mime == "audio/ogg" else file.mime
        if mime == "text/calendar":
            mime = "text/plain"  # Meta takes no calendars by their type; the phone goes by the name
        name = file.filename or f"archivo{mimetypes.guess_extension(file.mime) or ''}"
        try:
            answer = await client.api.upload_media(account.account, file.data, mime, name)
            return str(answer["id"])
        except Exception as error:
            outcome = _outcome(error, account)
            if isinstance(outcome, OutcomeUnknown):
                outcome = SendLater("upload", "the file could not be uploaded")
            raise outcome from None

    async def _download(self, http: httpx.AsyncClient, account: ChannelAccount, url: str, limit: int) -> bytes:
        for _ in range(_REDIRECTS):
            if not _may_fetch(url, account):
                raise MediaProblem("forbidden_host", "the file is at an address we do not fetch from")
            async with http.stream("GET", url, follow_redirects=False) as answer:
                if answer.is_redirect:
                    url = str(httpx.URL(url).join(answer.headers.get("location", "")))
                    continue
                if answer.status_code in {403, 404, 410}:
                    raise MediaProblem("expired", "the provider no longer has the file")
                if answer.status_code == 401:
                    raise AccountBroken("190", "the access token was not accepted")
                if answer.status_code >= 400:
                    raise Transient(f"the provider answered {answer.status_code} to a download")
                chunks: list[bytes] = []
                size = 0
                async for chunk in answer.aiter_bytes():
                    size += len(chunk)
                    if size > limit:
                        raise MediaProblem("too_big", f"the file is larger than {limit} bytes")
                    chunks.append(chunk)
                return b"".join(chunks)
        raise MediaProblem("forbidden_host", "the file is behind too many redirections")


def _may_fetch(url: str, account: ChannelAccount) -> bool:
    try:
        wanted = httpx.URL(url)
        base = httpx.URL(str(account.settings.get("api_base") or ""))
    except httpx.InvalidURL:
        return False
    if base.host and (wanted.scheme, wanted.host, wanted.port) == (base.scheme, base.host, base.port):
        return True
    meta = any(wanted.host == host or wanted.host.endswith(f".{host}") for host in _META_HOSTS)
    return wanted.scheme == "https" and wanted.port in {None, 443} and not wanted.userinfo and meta


def _outcome(error: Exception, account: ChannelAccount) -> Exception:
    """How a send ended, from whatever pywa or httpx raised; the texts never carry a token."""
    if isinstance(error, (AccountBroken, SendLater, SendRefused, OutcomeUnknown)):
        return error
    if isinstance(error, WhatsAppError):
        return _refusal(error, account)
    if never_left(error):
        return SendLater("connect", "no connection to WhatsApp")
    # A timeout, a dropped connection, an answer that is no JSON or lacks the id: Meta may have taken it.
    return OutcomeUnknown(f"no clear answer from WhatsApp ({type(error).__name__})")


def _refusal(error: WhatsAppError, account: ChannelAccount) -> Exception:
    code, status = str(error.code), error.status_code or 0
    words = error.details or error.user_msg or error.message or "no reason given"
    words = words.replace(account.secrets.get("access_token") or "\0", "…")
    known = reason_of(error.code) or _by_status(status)
    if known.kind == "broken":
        return AccountBroken(code, words)
    if known.kind in {"wait", "wait_account"}:
        return SendLater(code, words, retry_after=_retry_after(error), account_wide=known.kind == "wait_account")
    if known.kind == "unknown":
        return OutcomeUnknown(f"WhatsApp failed with code {code}: {words}")
    return SendRefused(code, words, unreachable=known.kind == "unreachable", window_closed=known.kind == "window")


def _by_status(status: int) -> Reason:
    """A code nobody has written down, or an answer that was no Graph error at all."""
    if status >= 500:
        return Reason("unknown", "")
    if status == 429:
        return Reason("wait_account", "")
    if status == 401:
        return Reason("broken", "")
    return Reason("refused", "")


def _retry_after(error: WhatsAppError) -> float | None:
    told = error.raw_response.headers.get("retry-after", "") if error.raw_response is not None else ""
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None


def _fetch_failure(error: Exception, account: ChannelAccount) -> Exception:
    if isinstance(error, (AccountBroken, Transient)):
        return error
    if isinstance(error, WhatsAppError):
        gone = error.subcode == _GONE_SUBCODE or error.status_code in {404, 410}
        if error.code == 100 and gone:
            return MediaProblem("expired", "the provider no longer has the file")
        outcome = _refusal(error, account)
        if isinstance(outcome, SendRefused):
            return MediaProblem("expired", f"the provider refused the file with code {outcome.code}")
        if isinstance(outcome, AccountBroken):
            return outcome
    return Transient(f"the file could not be fetched ({type(error).__name__})")
