"""The bot's messages on a terminal: one channel, or several beside each other where the terminal is wide enough."""

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from backoffice.sketch import sketch
from core.threads.content import Content

CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "plain": "Plain text"}
NARROWEST = 32
"""Columns of letters below which channels are drawn below each other."""


def show(contents: Sequence[Content], channels: Sequence[str], width: int, *, colour: bool = False) -> str:
    """The messages on these channels, `width` letters wide."""
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system="auto" if colour else None)
    with console.capture() as captured:
        if len(channels) > 1 and width >= len(channels) * NARROWEST:
            console.print(_beside(contents, channels))
        else:
            for channel in channels:
                if len(channels) > 1:
                    console.print(Text(f"── {CHANNELS[channel]}", style="bold"))
                for content in contents:
                    console.print(Padding(_message(channel, content), (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").splitlines())


def _beside(contents: Sequence[Content], channels: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False)
    for channel in channels:
        table.add_column(CHANNELS[channel], ratio=1, overflow="fold")
    for content in contents:
        table.add_row(*(_message(channel, content) for channel in channels))
        table.add_row()
    return table


def _message(channel: str, content: Content) -> RenderableType:
    parts: list[RenderableType] = []
    for one in sketch(channel, content):
        parts.append(Text(one.text))
        parts += [Text(line, style="bold") for line in one.widget]
        parts += [Text(f"· {note}", style="dim") for note in one.notes]
    return Group(*parts) if parts else Text("(nothing is shown)", style="dim")
