"""A message as a phone shows it, in letters: its text, its widgets, and how near they are to the channel's limits.

Everything shown is read off what the channel's real renderer made; nothing of it is decided again here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from backoffice.draw import taps, words
from backoffice.runtime import LIMITS
from channels.choices import fitting
from channels.lengths import units
from channels.render import PLAIN, render
from core.threads.content import Content, Prompt, Template
from core.threads.outbound import Limits, Wire

_TIGHT = 0.75
"""From this part of its limit on the length of a text is told."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """One provider message. `notes` say how full its widgets are, and what had to change to fit."""

    text: str
    widget: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sketch(channel: str, content: Content) -> list[Sketch]:
    """The provider messages of one content, in order."""
    limits = LIMITS.get(channel, PLAIN)
    wires = render(content, limits)
    sketches = [_sketch(wire, limits) for wire in wires]
    if len(wires) > 1:
        sketches = [
            replace(one, notes=(f"message {number} of {len(wires)}", *one.notes))
            for number, one in enumerate(sketches, start=1)
        ]
    if isinstance(content, Prompt) and sketches and content.request is None:
        last = sketches[-1]
        sketches[-1] = replace(last, notes=(*last.notes, *_changes(content, wires[-1], limits)))
    if isinstance(content, Template) and channel == "whatsapp":
        labels = tuple(option.label for option in content.options)
        return [Sketch(content.text, labels, (f"sent as the approved template {content.name} ({content.language})",))]
    return sketches


def pages(channel: str, content: Content) -> dict[str, str]:
    """What can be tapped in a message besides its options: title → option id, as `{"Ver más": "+9"}`."""
    if not isinstance(content, Prompt):
        return {}
    shown = [tap for wire in render(content, LIMITS.get(channel, PLAIN)) for tap in taps(wire)]
    marked = f"{content.token}:+"
    return {title: id_.removeprefix(f"{content.token}:") for id_, title in shown if id_.startswith(marked)}


def _sketch(wire: Wire, limits: Limits) -> Sketch:
    text, room = words(wire), limits.text
    titles = [title for _, title in taps(wire)]
    longest = max(map(units, titles), default=0)
    widget: tuple[str, ...] = ()
    notes: list[str] = []
    if wire.type == "interactive_buttons":
        widget, room = tuple(f"[ {title} ]" for title in titles), limits.prompt_text
        notes.append(f"buttons {len(titles)}/{limits.buttons}, longest label {longest}/{limits.button_label}")
    elif wire.type == "interactive_list":
        action, room = wire.body["action"], limits.prompt_text
        widget = (f"[ {action['button']} ▾ ]", *_rows(action))
        opener = f"opener {units(action['button'])}/{limits.opener}"
        notes.append(f"list {len(titles)}/{limits.rows} rows, longest row {longest}/{limits.row_label}, {opener}")
    elif "inline_keyboard" in wire.body.get("reply_markup", {}):
        widget = _keyboard(wire.body["reply_markup"]["inline_keyboard"])
        notes.append(f"keyboard {len(titles)}/{limits.rows}, longest label {longest}/{limits.row_label}")
    elif "keyboard" in wire.body.get("reply_markup", {}):
        widget = _keyboard(wire.body["reply_markup"]["keyboard"])
        notes.append("keys below the text field")
    elif wire.type in ("contact_request", "location_request"):
        widget, room = (f"[ {limits.channel}'s own button ]",), limits.prompt_text
    elif wire.type not in ("text", "sendMessage"):
        text = f"({wire.type.removeprefix('send').lower()}) {text}".strip()
    if room and units(text) >= _TIGHT * room:
        notes.append(f"text {units(text)}/{room}")
    return Sketch(text, widget, tuple(notes))


def _rows(action: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for section in action["sections"]:
        for row in section["rows"]:
            lines.append(f"  ○ {row['title']}")
            lines += [f"    {row['description']}"] if row.get("description") else []
    return lines


def _keyboard(rows: Sequence[Sequence[dict[str, Any]]]) -> tuple[str, ...]:
    return tuple(" ".join(f"[ {key['text']} ]" for key in row) for row in rows)


def _changes(prompt: Prompt, wire: Wire, limits: Limits) -> list[str]:
    """Why the widget is not a simpler one, which labels are not the full ones, which options come later."""
    shown = dict(taps(wire))
    own = {f"{prompt.token}:{option.id}": option for option in prompt.options}
    if not shown:
        if not limits.rows or not prompt.options:
            return ["numbered text: this channel has no widgets"] if prompt.options else []
        long = [option.label for option in prompt.options if fitting(option, limits.row_label) is None]
        why = f"«{long[0]}» {units(long[0])}/{limits.row_label} needs a short" if long else "an id is too long"
        return [f"numbered text: {why}"]
    notes: list[str] = []
    if wire.type == "interactive_list" and (reason := _no_buttons(prompt, limits)):
        notes.append(f"a list: {reason}")
    limit = limits.button_label if wire.type == "interactive_buttons" else limits.row_label
    for id_, option in own.items():
        label = " ".join(option.label.split())
        title = shown.get(id_, label)
        if title != label:
            how = "its short" if title == option.short else "its number"
            notes.append(f"«{label}» {units(label)}/{limit} is shown by {how}, «{title}»")
    numbers = [number for number, id_ in enumerate(own, start=1) if id_ in shown]
    if len(numbers) < len(own):
        notes.append(f"a page: options {numbers[0]} to {numbers[-1]} of {len(own)}")
    return notes


def _no_buttons(prompt: Prompt, limits: Limits) -> str | None:
    """What keeps the options from being buttons."""
    if len(prompt.options) > limits.buttons:
        return f"{len(prompt.options)} options, there is room for {limits.buttons} buttons"
    if any(option.description for option in prompt.options):
        return "buttons have no descriptions"
    long = [option.label for option in prompt.options if fitting(option, limits.button_label) is None]
    return f"«{long[0]}» {units(long[0])}/{limits.button_label} fits no button" if long else None
