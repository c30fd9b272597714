"""Publishing a flow of one's own, its history, and rolling back."""

import asyncio
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.flow_drafts import DraftIn, draft_given, own_pack, spoken
from backoffice.api.organization import locked_organization
from backoffice.api.words import Given, MaybeLine
from backoffice.flow_form import errors_of
from backoffice.flow_problems import in_spanish, troubles
from bot.language.problem import FlowsBroken
from bot.tooling.drafts import Draft, compiled
from core import flow_versions
from core.errors import Missing, Refused
from core.flow_versions import FlowVersion, Publication
from core.organizations.audit import audit

router = staff_router("flows")

Reads = Annotated[Staff, Depends(Needs("flows.read"))]
Writes = Annotated[Staff, Depends(Needs("flows.write"))]


class PublishIn(DraftIn):
    note: MaybeLine = Field(default="", description="What changed, for whoever reads the history.")
    after: int = Field(ge=0, description="The number in force when editing began; 0: none.")


class RollBackIn(Given):
    to: int | None = Field(ge=1, description="The version to publish again; null: the pack's own.")
    after: int = Field(ge=0, description="The number in force as you saw it.")


class VersionView(BaseModel):
    """`source` null: the pack's own was put in force again."""

    number: int
    note: str
    again_of: int | None
    revision: str | None
    published_by: str
    published_at: datetime
    in_force: bool
    of_the_pack: bool


class VersionText(BaseModel):
    number: int
    source: str | None
    translations: dict[str, str]


@router.post("/flows/{flow}/versions", status_code=201)
async def publish_flow(staff: Writes, flow: str, given: PublishIn) -> VersionView:
    """Put a draft in force for new conversations; those under way go on with what they began with.

    Refused (422 `flow_broken`) with `details.troubles` while the linter finds an error.
    """
    organization = await locked_organization(staff)
    try:
        draft, library, _ = await draft_given(staff, flow, given)
        found = await asyncio.to_thread(troubles, draft, library, own_pack(staff))
    except FlowsBroken as broken:
        found = in_spanish(Draft(flow, given.source or "", given.translations or {}), broken.problems)
    if blocking := errors_of(found):
        first = blocking[0]
        where = f"En el paso «{first.step}»: " if first.step else ""
        words = f"No se puede publicar. {where}{first.message} {first.fix}"
        raise Refused("flow_broken", words, troubles=[asdict(one) for one in blocking[:50]])
    base = Publication(organization.pack, flow, own_pack(staff).flows[flow].revision, given.note)
    return await _publish(staff, _with(base, draft), given.after, "flow.published")


@router.post("/flows/{flow}/rollback", status_code=201)
async def roll_back_flow(staff: Writes, flow: str, given: RollBackIn) -> VersionView:
    """Publish an older version again, or the pack's own. It is linted like any other."""
    await locked_organization(staff)
    pack = own_pack(staff)
    if flow not in pack.flows:
        raise Missing("flow")
    base = Publication(staff.organization.pack, flow, pack.flows[flow].revision, note="", again_of=given.to)
    version = await _version(staff, flow, given.to) if given.to is not None else None
    if version is None or version.source is None:
        return await _publish(staff, base, given.after, "flow.rolled_back")
    draft = Draft(flow, version.source, version.translations)
    library, _ = await spoken(staff)
    if blocking := errors_of(await asyncio.to_thread(troubles, draft, library, own_pack(staff))):
        words = f"Esa versión ya no sirve con los flujos de hoy: {blocking[0].message} {blocking[0].fix}"
        raise Refused("flow_broken", words, troubles=[asdict(one) for one in blocking[:50]])
    return await _publish(staff, _with(base, draft), given.after, "flow.rolled_back")


def _with(base: Publication, draft: Draft) -> Publication:
    made = compiled(draft)
    return replace(
        base,
        source=draft.source,
        translations=draft.translations,
        revision=made.revision,
        canonical=made.canonical,
    )


async def _publish(staff: Staff, one: Publication, after: int, action: str) -> VersionView:
    version = await flow_versions.publish(staff.session, staff.organization, staff.member, one, after, staff.now)
    told = {"number": version.number, "again_of": one.again_of, "note": one.note, "revision": one.revision}
    audit(staff.session, staff.member, action, one.flow, staff.now, **told)
    await staff.session.flush()
    await staff.session.commit()
    staff.runtime.conversing.forget(staff.organization.id)
    return _version_view(version, staff.member.name, version.number)


def _version_view(version: FlowVersion, by: str, newest: int) -> VersionView:
    return VersionView(
        number=version.number,
        note=version.note,
        again_of=version.again_of,
        revision=version.revision,
        published_by=by,
        published_at=version.published_at,
        in_force=version.number == newest,
        of_the_pack=version.source is None,
    )


async def _version(staff: Staff, flow: str, number: int) -> FlowVersion:
    found = await flow_versions.version(staff.session, staff.organization.id, staff.organization.pack, flow, number)
    if found is None:
        raise Missing("flow_version")
    return found


@router.get("/flows/{flow}/versions")
async def list_flow_versions(
    staff: Reads,
    flow: str,
    before: Annotated[int | None, Query(ge=1, description="Those older than this number.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> list[VersionView]:
    """What was published of a flow, the newest first."""
    if flow not in own_pack(staff).flows:
        raise Missing("flow")
    of = (staff.session, staff.organization.id, staff.organization.pack, flow)
    rows = await flow_versions.versions_of(*of, before, limit)
    newest = 0
    if rows:
        newest = rows[0][0].number if before is None else await flow_versions.newest(*of)
    return [_version_view(version, name, newest) for version, name in rows]


@router.get("/flows/{flow}/versions/{number}")
async def read_flow_version(staff: Reads, flow: str, number: int) -> VersionText:
    """A version as it was written."""
    found = await _version(staff, flow, number)
    return VersionText(number=found.number, source=found.source, translations=found.translations)
