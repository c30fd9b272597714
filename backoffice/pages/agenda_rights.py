"""What of the agenda a member may change, told before they try; the API decides all the same."""

from dataclasses import dataclass

from backoffice.api.access import Staff
from backoffice.api.agenda_services import ServiceView
from backoffice.api.agenda_views import AppointmentView, own_resources
from core.organizations.permissions import AgendaScope, agenda_scope, allows


@dataclass(frozen=True, slots=True)
class Rights:
    """`own`: the professionals a doctor is; `places`: where the member works, None being everywhere."""

    scope: AgendaScope | None
    own: frozenset[str]
    evaluations: frozenset[str]
    places: frozenset[str] | None

    def changes(self, view: AppointmentView) -> bool:
        if self.scope == "own":
            return view.professional is not None and view.professional.id in self.own
        if self.scope == "evaluations":
            return view.service.id in self.evaluations
        if self.scope == "places":
            return self.places is None or view.location.id in self.places
        return self.scope == "all"

    def books(self, service: ServiceView) -> bool:
        """Whether they may book the service at all."""
        if self.scope == "own":
            return any(one.id in self.own for need in service.needs[:1] for one in need.pool)
        return self.scope is not None and (self.scope != "evaluations" or service.evaluation)


async def rights_of(staff: Staff, services: list[ServiceView]) -> Rights:
    scope = agenda_scope(staff.member.role) if allows(staff.member.role, "agenda.write") else None
    own = await own_resources(staff) or ()
    places = staff.member.locations if scope == "places" else None
    return Rights(
        scope,
        frozenset(staff.public("resource", one) for one in own),
        frozenset(one.id for one in services if one.evaluation),
        frozenset(staff.public("location", one) for one in places) if places is not None else None,
    )
