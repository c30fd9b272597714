"""What was said and done in the simulator, as the lines of a transcript that passes."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.effects import AlertStaff, Effect, Ended, HandOver
from bot.facts import Facts, spoken_tag
from bot.tooling.player import plain_render
from core.threads.content import Content


def head_line(flow: str, facts: Facts, now: datetime) -> str:
    """The head of a transcript that begins at `now`, to the minute; in the person's language, when it is known."""
    head = f"flow: {flow}  channel: {facts.channel}  now: {now.isoformat(timespec='minutes')}"
    tag = spoken_tag(facts)
    return f"{head}  lang: {tag}" if tag else head


def turn_lines(
    mark: str,
    text: str,
    channel: str,
    said: Sequence[Content],
    effects: Sequence[Effect],
    changed: Mapping[str, Any],
) -> list[str]:
    """One line that was played and everything it is expected to do: the bot's words, effects, variables."""
    lines = [f"{mark} {text}"]
    lines += [f"< {_one_line(plain_render(channel, content))}".rstrip() for content in said]
    if mark == ">" and not said:
        lines.append("@silent")
    told = [line for effect in effects if (line := _effect(effect))]
    lines += dict.fromkeys(told)
    lines += [f"= {name}: {_value(value)}" for name, value in changed.items() if not _nested(value)]
    return lines


def _nested(value: Any) -> bool:
    """What an action brought, such as a price list: too long for a line, and simulated anyway."""
    return isinstance(value, dict) and any(isinstance(one, dict | list) for one in value.values())


def _effect(effect: Effect) -> str | None:
    match effect:
        case HandOver(error=str()):
            return "@broken"
        case HandOver(team=team):
            return f"@handover {team or ''}".rstrip()
        case AlertStaff():
            return "@alert"
        case Ended(flow=flow, outcome=outcome):
            return f"@ended {flow} {outcome}"
    return None


def _value(value: Any) -> str:
    """As a transcript reads it back: words as they are unless they would be read as JSON or as nothing."""
    if value is None:
        return "~"
    if not isinstance(value, str) or value == "~" or value != _one_line(value) or _is_json(value):
        return json.dumps(value, ensure_ascii=False)
    return value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _one_line(text: str) -> str:
    return " ".join(text.split())
