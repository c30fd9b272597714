"""Conversations written down as tests: `.chat` files, parsed here and run on the pure step.

The head is `key: value` lines (several may share a line, two spaces apart): `flow`, `channel` (one or several, each is
run), `now`, and optionally `lang` (the person's: es, pt, en; es-vos and es-usted are an organization's), `org`,
`contact` (JSON over the pack's own), `from: flow.step`, `with: {json}`. Then:

    > hola                    the person writes; `> "👍"` writes what would otherwise mean something else
    > [Botox]                 taps the last option so labelled; `> [^Botox]` the one in the prompt before that
    > (voice)                 sends image, voice, audio, video, document, sticker; `> (image: words)` with a caption
    > (location) · > (contact +525512345678)
    > 👍                      reacts to the bot's last message
    ~ touch {json}            the next message came by this ad or link
    < *elige*                 the bot said this (`*` matches anything; line breaks read as spaces), in order, all of it
    < text [A | B | …]        and offered these options; `[list: A | B]` also names the widget the channel draws
    < (location) *            a pin; `(template name) text` a template
    = servicio: botox         a variable got this value (JSON or plain; `~` for none)
    @handover ventas · @alert · @action leads.capture {json part} · @ended inicio done · @language en · @silent
                              effects of the last event; `@broken part of the error` for a flow that broke
    ! leads.qualify -> warm {"score": 50}     from now on this action ends so
    ! release · ! taken · ! start flow {json}                  staff and other events
    + 20m                     time passes
    # a comment, also at the end of a line after two spaces
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.language.tongues import TAGS
from core.errors import HiloError

HEAD_KEYS = ("flow", "channel", "now", "lang", "org", "contact", "from", "with")
_HEAD = re.compile(rf"(?:^|\s{{2,}})({'|'.join(HEAD_KEYS)}):\s*")
_COMMENT = re.compile(r"\s{2,}#\s.*$")
MARKS = "><=+@!~"


class TranscriptWrong(HiloError):
    """A `.chat` file that cannot be read; the message has its place."""


@dataclass(frozen=True, slots=True)
class Line:
    """`mark` is one of `><=+@!~`; `number` counts from 1."""

    number: int
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    file: str
    flow: str | None
    channels: tuple[str, ...]
    now: datetime
    org: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] = field(default_factory=dict)
    lang: str | None = None
    start: str | None = None
    """`flow.step` to begin in, with `given` as its variables; None: the person writes first."""
    given: dict[str, Any] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


def read_transcript(path: Path) -> Transcript:
    """Raises TranscriptWrong."""
    return parse_transcript(path.read_text(encoding="utf-8"), str(path))


def parse_transcript(text: str, file: str = "transcript") -> Transcript:
    """Raises TranscriptWrong with file:line."""
    head: dict[str, str] = {}
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in MARKS:
            body = _COMMENT.sub("", line[1:]).strip()
            lines.append(Line(number, line[0], body))
        elif lines:
            raise TranscriptWrong(f"{file}:{number}: a line begins with one of {' '.join(MARKS)}, or # for a comment")
        else:
            head.update(_head(_COMMENT.sub("", line), f"{file}:{number}"))
    try:
        now = datetime.fromisoformat(head.get("now", "2026-03-11T10:20+00:00"))
        org, contact, given = (json.loads(head.get(key, "{}")) for key in ("org", "contact", "with"))
    except ValueError as error:
        raise TranscriptWrong(f"{file}:1: {error}") from error
    if (lang := head.get("lang")) not in (None, *TAGS):
        raise TranscriptWrong(f"{file}:1: lang is one of {', '.join(TAGS)}, not {lang}")
    return Transcript(
        file=file,
        flow=head.get("flow"),
        channels=tuple(part.strip() for part in head.get("channel", "whatsapp").split(",")),
        now=now if now.tzinfo else now.replace(tzinfo=UTC),
        org=org,
        contact=contact,
        lang=lang,
        start=head.get("from"),
        given=given,
        lines=tuple(lines),
    )


def _head(line: str, place: str) -> dict[str, str]:
    parts = _HEAD.split(line)
    if len(parts) < 3 or parts[0].strip():
        raise TranscriptWrong(f"{place}: the head has {', '.join(HEAD_KEYS)} as `key: value`")
    return {key: value.strip() for key, value in zip(parts[1::2], parts[2::2], strict=True)}
