"""`hilo replay`: post recorded webhook bodies, correctly signed, to a running server, and say what became of each."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import orjson
from rich.table import Table

from core.errors import Refused
from core.public_id import PublicIds
from core.threads.outbound import ChannelAccount

Outcome = Literal["stored", "known", "ignored", "dead", "failed"]
WORST_FIRST: tuple[Outcome, ...] = ("dead", "stored", "known", "ignored")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the server said of one file. `items` is how many things the body held."""

    file: str
    http: int
    items: int
    outcome: Outcome
    reason: str | None

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def replay(
    kind: Literal["whatsapp", "telegram"],
    directory: Path,
    url: str,
    accounts: list[ChannelAccount],
    ids: PublicIds,
    *,
    adopt: bool,
) -> Iterator[Replayed]:
    """Post every .json file of the directory, in order of name. `adopt` gives bodies of unknown accounts to the first.

    Raises Refused when there is nothing to post or nobody to post it as.
    """
    files = sorted(directory.glob("*.json")) if directory.is_dir() else [directory]
    if not files or not files[0].exists():
        raise Refused("no_files", f"There is no .json file in {directory}.")
    if not accounts:
        raise Refused("no_channel", f"No {kind} channel is connected: add one with `hilo channel add {kind}`.")
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        for file in files:
            yield _post(http, kind, file, accounts, ids, adopt)


def replay_table(results: list[Replayed]) -> Table:
    """The results for people, with the sums."""
    table = Table("file", "HTTP", "items", "outcome", "reason")
    for one in results:
        table.add_row(one.file, str(one.http), str(one.items), one.outcome, one.reason or "")
    sums = Counter(one.outcome for one in results)
    table.caption = ", ".join(f"{count} {outcome}" for outcome, count in sums.most_common())
    return table


def _post(
    http: httpx.Client, kind: str, file: Path, accounts: list[ChannelAccount], ids: PublicIds, adopt: bool
) -> Replayed:
    raw = file.read_bytes()
    account = accounts[0]
    if kind == "whatsapp":
        raw, account = _adopted(raw, accounts, adopt)
        signature = hmac.new(account.secrets["app_secret"].encode(), raw, hashlib.sha256).hexdigest()
        path, headers = "/webhooks/whatsapp", {"X-Hub-Signature-256": f"sha256={signature}"}
    else:
        path = f"/webhooks/telegram/{ids.encode('channel', account.id)}"
        headers = {"X-Telegram-Bot-Api-Secret-Token": account.secrets["secret"]}
    try:
        answer = http.post(path, content=raw, headers={**headers, "Content-Type": "application/json"})
    except httpx.HTTPError as error:
        raise Refused("no_server", f"{http.base_url} does not answer ({error}): is Hilo running there?") from None
    return _told(file, answer)


def _told(file: Path, answer: httpx.Response) -> Replayed:
    if answer.status_code != 200:
        return Replayed(file.name, answer.status_code, 0, "failed", answer.text[:200] or None)
    told: dict[str, Any] = answer.json()
    outcome: Outcome = next((name for name in WORST_FIRST if told[name]), "ignored")
    reasons = told["reasons"] or ([] if told["items"] else ["the body holds nothing for us"])
    return Replayed(file.name, 200, told["items"], outcome, "; ".join(reasons) or None)


def _adopted(raw: bytes, accounts: list[ChannelAccount], adopt: bool) -> tuple[bytes, ChannelAccount]:
    """The body and whom it is for; `adopt` replaces unknown number and business ids by the first account's."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw, accounts[0]
    numbers = {account.account: account for account in accounts}
    businesses = {account.settings.get("waba_id"): account for account in accounts}
    chosen = next((numbers[one] for one in _values(body, "phone_number_id") if one in numbers), None)
    entries = body.get("entry") if isinstance(body, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        chosen = chosen or (businesses.get(entry.get("id")) if isinstance(entry, dict) else None)
    if chosen is not None or not adopt:
        return raw, chosen or accounts[0]
    account = accounts[0]
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            entry["id"] = account.settings.get("waba_id", entry.get("id"))
    _replace(body, "phone_number_id", account.account)
    return orjson.dumps(body), account


def _values(node: Any, name: str) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(name), str):
            yield node[name]
        for value in node.values():
            yield from _values(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, name)


def _replace(node: Any, name: str, value: str) -> None:
    if isinstance(node, dict):
        if isinstance(node.get(name), str):
            node[name] = value
        for inner in node.values():
            _replace(inner, name, value)
    elif isinstance(node, list):
        for inner in node:
            _replace(inner, name, value)
