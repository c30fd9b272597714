"""`hilo understand`: what the bot makes of a text. For authors, one text; for evaluations, lines of JSON.

Imports little, so that it starts at once: see `backoffice.__main__`.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cyclopts import App, Parameter

from backoffice.stdin import utf8_stdin
from bot.understanding.name import understand_name
from bot.understanding.number import understand_number
from bot.understanding.phone import understand_phone
from bot.understanding.understood import Reading, Unclear
from bot.understanding.when import When, understand_when
from bot.understanding.when.in_words import in_words
from bot.understanding.when.places import country_of
from bot.understanding.yes_no import understand_yes_no
from core.clock import system_clock
from core.errors import Refused

app = App(name="understand", help="What the bot makes of a text: a day, a number, a yes, a phone, a name.")

Kind = Literal["when", "number", "yes_no", "phone", "name"]
ZONE = "America/Mexico_City"


@dataclass(frozen=True, slots=True)
class Asked:
    """A text, and when and where it was written: `now` is the local time of `zone` (IANA)."""

    text: str
    now: datetime
    zone: str
    locale: str = ""

    @property
    def region(self) -> str:
        """ISO 3166 of local phone numbers."""
        return self.locale.partition("-")[2].upper() or country_of(self.zone) or "MX"


def _when(asked: Asked) -> dict[str, Any]:
    when = understand_when(asked.text, asked.now, asked.zone, asked.locale)
    return _when_line(when) if when else {"kind": "none", "reason": when.reason}


def _when_line(when: When) -> dict[str, Any]:
    others = [*when.alternatives, *([when.dated] if when.dated else [])]
    return {
        **when.best.as_json(),
        "alternatives": [_alternative(other.as_json()) for other in others],
        "precision": when.precision,
        "chosen": when.chosen,
        "ambiguous": when.ambiguous,
        "span": list(when.span),
    }


def _alternative(reading: dict[str, Any]) -> Any:
    """The ISO value of a point, {start, end} of a range."""
    return reading["value"] if "value" in reading else {"start": reading["start"], "end": reading["end"]}


def _yes_no(asked: Asked) -> dict[str, Any]:
    reading = understand_yes_no(asked.text)
    if isinstance(reading, Unclear):
        return {"kind": "unclear", "reason": reading.reason}
    return {"kind": "yes" if reading.value else "no", "value": reading.value}


def _valued(kind: str, read: Callable[[Asked], Reading]) -> Callable[[Asked], dict[str, Any]]:
    def line(asked: Asked) -> dict[str, Any]:
        reading = read(asked)
        if isinstance(reading, Unclear):
            return {"kind": "none", "reason": reading.reason, "alternatives": list(reading.alternatives)}
        return {"kind": kind, "value": reading.value}

    return line


READERS: dict[Kind, Callable[[Asked], dict[str, Any]]] = {
    "when": _when,
    "number": _valued("number", lambda asked: understand_number(asked.text)),
    "yes_no": _yes_no,
    "phone": _valued("text", lambda asked: understand_phone(asked.text, region=asked.region)),
    "name": _valued("text", lambda asked: understand_name(asked.text)),
}
"""Each makes the line's own fields; `_line` adds those every line has."""


@app.default
def understand(
    text: str | None = None,
    *,
    kind: Kind = "when",
    jsonl: Annotated[bool, Parameter(negative="")] = False,
    now: str | None = None,
    tz: str = ZONE,
    locale: str = "",
) -> None:
    """Say what the bot understands of a text.

    Parameters
    ----------
    text
        What somebody wrote.
    kind
        What it is read as.
    jsonl
        Read lines {"text", "now", "tz"} from standard input and write one JSON line for each, in order.
    now
        The local time it is read at, as 2026-03-11T10:20; this moment when not given.
    tz
        The IANA time zone, such as America/Bogota.
    locale
        es, pt, en or es-AR; the zone's country tells when it is not given.
    """
    if jsonl:
        for line in lines(utf8_stdin(), kind, tz=tz, now=now, locale=locale):
            print(line, flush=True)
        return
    if text is None:
        raise Refused("no_text", "Give a text, or --jsonl and lines on standard input.")
    try:
        asked = _asked({"text": text}, tz=tz, now=now, locale=locale)
    except ValueError as wrong:
        raise Refused("understand", str(wrong)) from None
    print(explained(asked, kind))


def lines(
    source: Iterable[str], kind: Kind, *, tz: str = ZONE, now: str | None = None, locale: str = ""
) -> Iterator[str]:
    """One JSON line for each line; a bad one, whatever is wrong with it, gives kind `none` and an `error`."""
    for raw in source:
        try:
            asked = _asked(_object(raw), tz=tz, now=now, locale=locale)
            started = time.perf_counter()
            found = READERS[kind](asked)
            yield _line(found, (time.perf_counter() - started) * 1000)
        except Exception as wrong:  # one line must never cost the others theirs
            yield _line({"kind": "none", "error": str(wrong) or type(wrong).__name__}, 0)


def _line(found: dict[str, Any], ms: float) -> str:
    whole = {"kind": "none", "value": None, "start": None, "end": None, "alternatives": [], **found, "ms": round(ms, 3)}
    # ASCII, because half a character that JSON may carry cannot be printed
    return json.dumps(whole)


def _object(raw: str) -> object:
    """Raises ValueError in one sentence."""
    try:
        return json.loads(raw.removeprefix("\ufeff"))  # a file from Windows may begin with a byte order mark
    except ValueError as wrong:
        raise ValueError(f'this is not JSON ({wrong}): write {{"text": …, "now": …, "tz": …}}') from None


def _asked(given: object, *, tz: str, now: str | None, locale: str) -> Asked:
    """Raises ValueError in one sentence."""
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise ValueError('a line is an object with a "text"')
    zone, at = given.get("tz") or tz, given.get("now") or now
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise ValueError(f"{zone!r} is no time zone: use an IANA name such as America/Bogota") from None
    try:
        moment = datetime.fromisoformat(at) if at else system_clock().astimezone(place)
    except (ValueError, TypeError):
        raise ValueError(f"{at!r} is no time: write it as 2026-03-11T10:20") from None
    local = moment.astimezone(place).replace(tzinfo=None) if moment.tzinfo else moment
    return Asked(given["text"], local, zone, given.get("locale") or locale)


def explained(asked: Asked, kind: Kind) -> str:
    """What was understood, in Spanish, over a few lines."""
    if kind == "when":
        return "\n".join(_when_explained(asked))
    found = READERS[kind](asked)
    if found["kind"] == "none":
        return f"No se entiende: {_NOT_UNDERSTOOD.get(found['reason'], found['reason'])}."
    if found["kind"] == "unclear":
        return f"No queda claro{_UNCLEAR.get(found['reason'], '')}: el bot vuelve a preguntar."
    words = {"yes": "Sí", "no": "No"}
    return words.get(found["kind"], str(found.get("value")))


_NOT_UNDERSTOOD = {
    "nothing": "no hay nada de eso en el texto",
    "several": "nombra varios",
    "bound": "pone un límite, no una cantidad",
    "own": "dice que es el del chat, y aquí no hay chat",
    "invalid": "no es un teléfono que exista",
    "length": "es demasiado corto o demasiado largo",
}
_UNCLEAR = {"later": " (lo deja para después)", "doubt": " (duda, o dice dos cosas)"}
_REASONS = {
    "nothing": "no habla de ningún día ni hora",
    "negated": "lo que nombra es lo que no puede, o algo que ya pasó",
    "past": "ya pasó",
    "far": "queda demasiado lejos",
    "several": "nombra demasiadas cosas",
    "long": "es demasiado largo para ser un día",
}


def _when_explained(asked: Asked) -> Iterator[str]:
    when = understand_when(asked.text, asked.now, asked.zone, asked.locale)
    today = asked.now.date()
    if not when:
        yield f"Nada: {_REASONS[when.reason]}."
        return
    value = when.best.as_json()
    iso = value.get("value") or f"{value['start'] or '…'} / {value['end'] or '…'}"
    yield f"{in_words(when.best, today)}{' (más o menos)' if when.approximate else ''}"
    yield f"  {when.kind}: {iso}, leído en «{when.source}»"
    if when.hours:
        first, last = when.hours
        yield f"  cada día: {in_words(type(when.best)('range', first, last))}"
    if when.alternatives:
        yield f"  también puede ser: {'; '.join(in_words(one, today) for one in when.alternatives)}"
    if when.dated:
        yield f"  sin día, lo próximo es: {in_words(when.dated, today)}"
    if when.ambiguous:
        yield "  El bot pregunta cuál."
    elif when.chosen:
        yield f"  El bot pregunta: «{in_words(when.best, today)}, ¿sí?»"
