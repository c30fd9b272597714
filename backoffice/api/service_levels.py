"""What the organization promises its people, and how conversations end by themselves."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.organization import locked_organization
from backoffice.api.views import Priority
from backoffice.api.words import Given, Yes, told
from core.organizations.audit import audit
from core.threads.service_levels import LONGEST, Targets, levels_of

router = staff_router("organization")

Minutes = Annotated[int, Field(ge=0, le=LONGEST, strict=True)]


class TargetsView(Given):
    """Minutes of opening time; 0: not promised."""

    first_reply: Minutes = 0
    next_reply: Minutes = 0
    resolution: Minutes = 0


class ServiceLevelsIn(Given):
    targets: TargetsView = TargetsView()
    by_priority: dict[Priority, TargetsView] = Field(default={}, description="Goes before `targets`.")
    warn_percent: Annotated[int, Field(ge=1, le=99, strict=True)] = Field(
        default=75, description="Of the time used up: then it is said that little is left."
    )
    auto_resolve_hours: Annotated[int, Field(ge=0, le=24 * 90, strict=True)] = Field(
        default=0, description="Of silence after the staff spoke last, and the conversation is resolved; 0: never."
    )
    survey: Yes = Field(default=False, description="Ask people how it was when a conversation is resolved.")


class ServiceLevelsView(BaseModel):
    targets: TargetsView
    by_priority: dict[str, TargetsView]
    warn_percent: int
    auto_resolve_hours: int
    survey: bool


def _shown(targets: Targets) -> TargetsView:
    return TargetsView(first_reply=targets.first_reply, next_reply=targets.next_reply, resolution=targets.resolution)


@router.get("/service-levels")
async def read_service_levels(staff: Annotated[Staff, Depends(Needs("service.read"))]) -> ServiceLevelsView:
    """As they are now."""
    levels = levels_of(staff.organization.settings)
    return ServiceLevelsView(
        targets=_shown(levels.targets),
        by_priority={priority: _shown(targets) for priority, targets in levels.by_priority.items()},
        warn_percent=levels.warn_percent,
        auto_resolve_hours=levels.auto_resolve_hours,
        survey=levels.survey,
    )


@router.put("/service-levels")
async def set_service_levels(
    staff: Annotated[Staff, Depends(Needs("service.write"))], given: ServiceLevelsIn
) -> ServiceLevelsView:
    """Replace them; deadlines of running conversations follow within seconds."""
    organization = await locked_organization(staff)
    levels = given.model_dump(mode="json")
    levels_of({"service": levels})
    organization.settings = {**organization.settings, "service": levels}
    organization.revision += 1
    audit(staff.session, staff.member, "service_levels.changed", organization.slug, staff.now, **told(given))
    await staff.session.commit()
    return ServiceLevelsView(**levels)
