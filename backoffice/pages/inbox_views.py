"""The inbox's lists, each said once: the API's filters, the counts and the page's live rows all follow from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

STAFFED = ("open", "waiting", "snoozed")
UNRESOLVED = ("bot", *STAFFED)


class Row(Protocol):
    """What decides in which lists a thread is."""

    @property
    def owner_id(self) -> int | None: ...
    @property
    def team(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def unread(self) -> bool: ...
    @property
    def late(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class View:
    """A list: its name, its icon, and what must hold of a thread in it. No states: any. `mentioned`: notes name me."""

    key: str
    name: str
    icon: str
    states: tuple[str, ...] = ()
    owner: Literal["me", "nobody", ""] = ""
    my_team: bool = False
    unread: bool = False
    late: bool = False
    mentioned: bool = False

    @property
    def filters(self) -> dict[str, Any]:
        """As `ThreadFilters` takes them."""
        wanted = {
            "mine": self.owner == "me",
            "unassigned": self.owner == "nobody",
            "my_teams": self.my_team,
            "unread": self.unread,
            "late": self.late,
            "mentioned": self.mentioned,
        }
        return {"state": list(self.states), **{name: True for name, holds in wanted.items() if holds}}

    @property
    def rule(self) -> dict[str, Any]:
        """As the page's script applies it."""
        told = {"states": self.states, "owner": self.owner, "team": self.my_team, "unread": self.unread}
        return {**told, "late": self.late, "mentioned": self.mentioned}

    def holds(self, row: Row, member_id: int, teams: Sequence[str]) -> bool:
        """Whether a thread is in this member's list; who is mentioned is not told by the thread."""
        owner = {"": True, "me": row.owner_id == member_id, "nobody": row.owner_id is None}[self.owner]
        return (
            owner
            and not self.mentioned
            and (not self.states or row.state in self.states)
            and (not self.my_team or row.team in teams)
            and (not self.unread or row.unread)
            and (not self.late or row.late)
        )


VIEWS: tuple[View, ...] = (
    View("open", "Abiertas", "inbox", ("open", "waiting")),
    View("mine", "Mías", "person", STAFFED, owner="me"),
    View("unassigned", "Sin asignar", "hand", STAFFED, owner="nobody"),
    View("late", "Fuera de plazo", "hourglass", STAFFED, late=True),
    View("team", "Mi equipo", "team", STAFFED, my_team=True),
    View("unread", "No leídas", "dot", UNRESOLVED, unread=True),
    View("bot", "Con el bot", "bot", ("bot",)),
    View("waiting", "Esperando", "hourglass", ("waiting",)),
    View("snoozed", "Pospuestas", "clock", ("snoozed",)),
    View("resolved", "Resueltas", "check", ("resolved",)),
    View("mentions", "Menciones", "at", mentioned=True),
    View("all", "Todas", "all"),
)
BY_KEY = {view.key: view for view in VIEWS}
