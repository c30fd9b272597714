"""The lines of a transcript that make something happen, played: what a person says, what time and the staff do."""

import json
import re
from datetime import timedelta
from typing import Any

from bot.effects import Effect
from bot.events import Emoted, Event, FlowStarted, Released, Said
from bot.language.model import seconds
from bot.step import taken_over
from bot.tooling.player import Player
from bot.transcript import Line, TranscriptWrong
from core.threads.content import Card, Cards, Content, Location, Media, Text

REACTIONS = ("👍", "👎", "❤️", "❤", "😂", "🙏", "😮", "😢")
_FILE = re.compile(r"\((image|voice|audio|video|document|sticker)(?::\s*(.*))?\)$")
_CONTACT = re.compile(r"\(contact (\S+)\)$")
_STUB = re.compile(r"([a-z_.]+)\s*->\s*([a-z_]+)\s*(\{.*)?$")


def play_line(player: Player, line: Line) -> list[Effect]:
    """The effects of a `>`, `+`, `!` or `~` line. Raises TranscriptWrong or ValueError when it cannot be read."""
    match line.mark:
        case ">":
            return player.feed(_said(player, line.text))
        case "+":
            return player.pass_time(timedelta(seconds=seconds(line.text)))
        case "~":
            word, _, data = line.text.partition(" ")
            if word != "touch":
                raise TranscriptWrong(f"~ takes touch and JSON, not {word}")
            player.touch = _json(data, '{"kind": "ctwa", "headline": "Promo"}')
            return []
        case "!":
            return _world(player, line.text)
    raise TranscriptWrong(f"{line.mark} makes nothing happen")


def is_stub(text: str) -> bool:
    """Whether a `!` line only says how an action will end."""
    return _STUB.match(text) is not None


def _world(player: Player, text: str) -> list[Effect]:
    if match := _STUB.match(text):
        player.stub(match[1], match[2], _json(match[3] or "{}", '{"score": 50}'))
        return []
    word, _, rest = text.partition(" ")
    if word == "release":
        return player.feed(Released())
    if word == "taken":
        player.state = taken_over(player.state)
        player.timers.clear()
        return []
    if word == "start":
        flow, _, data = rest.partition(" ")
        if player.library.current(flow) is None:
            raise TranscriptWrong(f"there is no flow {flow!r}: there are {', '.join(player.library.flows)}")
        return player.feed(FlowStarted(flow, _json(data or "{}", '{"nombre": "Ana"}')))
    raise TranscriptWrong(f"! takes an action and ->, release, taken or start, not {word}")


def _json(text: str, example: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise TranscriptWrong(f"{text!r} is not a JSON object: write it like {example}")
    return read


def _said(player: Player, text: str) -> Event:
    if text in REACTIONS:
        return Emoted(text, latest=True)
    content = _content(player, text)
    touch, player.touch = player.touch, None
    return Said(content, touch=touch)


def _content(player: Player, text: str) -> Content:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return Text(text[1:-1])
    if text.startswith("[") and text.endswith("]"):
        label = text[1:-1].lstrip("^")
        reply = player.tap(label, len(text) - 2 - len(label))
        if reply is None:
            there = " ".join(f"[{one}]" for one in player.on_screen) or "nothing can be tapped yet"
            raise TranscriptWrong(f"no option {label!r} was shown: {there}")
        return reply
    if text == "(location)":
        return Location(19.43, -99.13)
    if match := _CONTACT.match(text):
        return Cards((Card("Contacto", (match[1],), own=True),))
    if match := _FILE.match(text):
        kind: Any = match[1]
        return Media(kind, provider_ref="file-1", caption=match[2] or "")
    return Text(text)
