"""Who may do what: one table of permission → roles, one function that decides, and whose threads a role sees.

Source of the matrix: the roles of a clinic as its owners describe them. Deny is the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

ROLES = ("owner", "manager", "doctor", "closer", "receptionist", "assistant")

_ALL = frozenset(ROLES)
_OWNER = frozenset({"owner"})
_HEADS = frozenset({"owner", "manager"})
_SALES = _HEADS | {"closer"}
_DESK = _SALES | {"receptionist"}
_TALKS = _DESK | {"doctor"}

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "account.own": _ALL,
    "threads.read": _TALKS,
    "threads.write": _TALKS,
    "threads.assign": _DESK,
    "canned.read": _TALKS,
    "canned.write": _DESK,
    "labels.read": _TALKS,
    "labels.write": _HEADS,
    "attachments.read": _TALKS,
    "attachments.write": _TALKS,
    "contacts.read": _ALL,
    "contacts.write": _TALKS,
    "contacts.merge": _DESK,
    "leads.read": _SALES,
    "leads.write": _SALES,
    "stages.read": _TALKS,
    "stages.write": _HEADS,
    "agenda.read": _ALL,
    "agenda.write": _ALL,
    "agenda.visits": _ALL - {"closer"},
    "agenda.settings": _HEADS,
    "schedules.read": _ALL - {"closer"},
    "schedules.write": _HEADS | {"doctor"},
    "patients.read": _ALL,
    "patients.write": _TALKS,
    "patients.waive": _HEADS | {"receptionist"},
    "reports.read": _HEADS,
    "organization.read": _ALL,
    "organization.write": _OWNER,
    "hours.write": _HEADS,
    "flows.read": _HEADS,
    "flows.write": _HEADS,
    "members.read": _ALL,
    "members.write": _OWNER,
    "teams.write": _HEADS,
    "tokens.read": _HEADS,
    "tokens.write": _OWNER,
    "channels.read": _HEADS,
    "channels.write": _OWNER,
    "templates.read": _HEADS,
    "templates.write": _HEADS,
    "failures.read": _HEADS,
    "failures.write": _HEADS,
    "audit.read": _HEADS,
    "service.read": _HEADS,
    "service.write": _HEADS,
    "automations.read": _HEADS,
    "automations.write": _HEADS,
    "webhooks.read": _HEADS,
    "webhooks.write": _OWNER,
    "consent_texts.read": _ALL,
    "consent_texts.write": _HEADS,
}
"""Every permission of the staff API and the roles that have it."""

AgendaScope = Literal["all", "own", "evaluations", "places"]
AGENDA_SCOPES: Mapping[str, AgendaScope] = {
    "owner": "all",
    "manager": "all",
    "doctor": "own",
    "closer": "evaluations",
    "receptionist": "places",
    "assistant": "places",
}
"""Whose agenda a role that may write it writes: everybody's; that of the professional they are, hours and patients
included; only services that are evaluations; or only at the places the member works at. Those of places also see no
others."""


def agenda_scope(role: str) -> AgendaScope | None:
    """What of the agenda the role changes; None: nothing of it."""
    return AGENDA_SCOPES.get(role)


def allows(role: str, permission: str) -> bool:
    """Whether the role has the permission; a permission nobody wrote down is nobody's."""
    return role in PERMISSIONS.get(permission, frozenset())


def permissions_of(role: str) -> list[str]:
    """Everything the role may do, in the table's order."""
    return [permission for permission, roles in PERMISSIONS.items() if role in roles]


VISIBILITIES = ("all", "team", "assigned")


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose threads a member sees: `all`; `team`: their own and what lies unassigned in their teams; `assigned`:
    only their own. `locations`: only what is booked there; None: everywhere."""

    scope: Literal["all", "team", "assigned"]
    member_id: int
    teams: tuple[str, ...] = ()
    locations: tuple[int, ...] | None = None

    def sees(self, owner_id: int | None, team: str | None) -> bool:
        """Whether a thread of this owner and team is seen; `core.threads.queries.visible_to` says the same in SQL."""
        if self.scope == "all" or owner_id == self.member_id:
            return True
        return self.scope == "team" and owner_id is None and team in self.teams


def sight_of(
    role: str,
    member_id: int,
    teams: Sequence[str],
    settings: Mapping[str, Any],
    locations: Sequence[int] | None = None,
) -> Sight:
    """Only closers are ever restricted, by the organization's setting `visibility`; what it does not know is `all`."""
    wanted = settings.get("visibility", "all")
    if role == "closer" and wanted == "team":
        return Sight("team", member_id, tuple(teams))
    if role == "closer" and wanted == "assigned":
        return Sight("assigned", member_id)
    there = tuple(locations) if locations is not None and agenda_scope(role) == "places" else None
    return Sight("all", member_id, tuple(teams), there)
