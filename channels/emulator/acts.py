"""What both channels' people share: reading an act, refusing a bad one."""

from typing import Any

from channels.emulator.world import Json


class ActError(Exception):
    """The control API was asked for something no person could do; answered 422 with these words."""


def need(act: Json, name: str) -> Any:
    value = act.get(name)
    if value in (None, ""):
        raise ActError(f"{name!r} is required")
    return value
