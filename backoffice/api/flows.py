"""The organization's own versions of its bot's flows: read, check, try."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.flow_drafts import (
    DraftIn,
    Key,
    TroubleView,
    draft_given,
    draft_in_force,
    own_pack,
    pack_changed,
    spoken,
    trouble_views,
)
from backoffice.api.words import Given, Yes
from backoffice.flow_form import errors_of, form_of
from backoffice.flow_preview import MOST, Did, Start, talk
from backoffice.flow_problems import Trouble, in_spanish, troubles
from backoffice.flow_rehearsals import Otherwise, otherwise
from bot.facts import Facts, spoken_to
from bot.language.problem import FlowsBroken
from bot.published import with_flows
from bot.tooling.drafts import Draft, compiled
from bot.tooling.transcripts import pack_facts, transcript_files
from bot.transcript import Transcript, TranscriptWrong, read_transcript
from core.flow_versions import versions_in_force
from core.organizations.queries import organization_facts

router = staff_router("flows")

Reads = Annotated[Staff, Depends(Needs("flows.read"))]

CHANGED_AT_MOST = 12


class CheckIn(DraftIn):
    rehearse: Yes = Field(default=False, description="Play the example conversations with it as well.")


class DidIn(Given):
    kind: Literal["said", "tapped", "waited"]
    text: Annotated[str, StringConstraints(max_length=2000)] = ""
    id: Key = ""
    seconds: Annotated[int, Field(ge=0, le=7 * 86400)] = 0


class PreviewIn(DraftIn):
    """A draft and what was said to it so far."""

    channel: Literal["whatsapp", "telegram"] = "whatsapp"
    language: Literal["es", "es-vos", "es-usted", "en", "pt"] | None = Field(
        default=None, description="How the person is spoken to; left out: as the organization does."
    )
    start: Literal["hello", "flow", "step"] = "hello"
    step: Key = ""
    did: list[DidIn] = Field(default=[], max_length=MOST)


class FlowSummary(BaseModel):
    """`own`: a version of the organization's is in force. `pack_changed`: the pack's own flow changed since."""

    name: str
    about: str
    steps: int
    own: bool
    number: int
    published_at: datetime | None
    pack_changed: bool
    errors: int
    warnings: int


class FlowView(BaseModel):
    """`form` is what can be edited without YAML: see its keys in `texts` of a draft."""

    name: str
    about: str
    own: bool
    number: int
    pack_changed: bool
    source: str
    translations: dict[str, str]
    form: dict[str, Any]


class OtherwiseView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    example: str
    line: int
    before: str
    now: str
    times: int


class CheckView(BaseModel):
    """`changed` are examples that would go otherwise: to look at, not to mend. `changed_count` counts all of them."""

    source: str
    translations: dict[str, str]
    troubles: list[TroubleView]
    changed: list[OtherwiseView]
    changed_count: int
    form: dict[str, Any]


class KeyView(BaseModel):
    id: str
    title: str
    about: str


class BubbleView(BaseModel):
    who: str
    text: str
    widget: str
    opener: str
    keys: list[KeyView]


class PreviewView(BaseModel):
    """`troubles`: why the draft cannot be tried, when it cannot."""

    bubbles: list[BubbleView]
    troubles: list[TroubleView]


@router.get("/flows")
async def list_flows(staff: Reads) -> list[FlowSummary]:
    """The flows of the organization's pack, with what the linter says of each as it is in force."""
    pack = own_pack(staff)
    library, versions = await spoken(staff)
    shown: list[FlowSummary] = []
    for name, flow in library.flows.items():
        version = versions.get(name)
        own = version is not None and version.source is not None
        found: list[Trouble] = []
        if own:  # the pack's own were linted before they came here
            found = await asyncio.to_thread(troubles, draft_in_force(pack, name, version), library, pack)
        told = trouble_views(staff, found)
        shown.append(
            FlowSummary(
                name=name,
                about=str(flow.source.data.get("about") or ""),
                steps=len(flow.steps),
                own=own,
                number=version.number if version else 0,
                published_at=version.published_at if version else None,
                pack_changed=pack_changed(pack, name, version),
                errors=sum(one.blocks for one in told),
                warnings=sum(not one.blocks for one in told),
            )
        )
    first = pack.globals.start
    return sorted(shown, key=lambda one: (one.name != first, one.name))


@router.get("/flows/{flow}")
async def read_flow(staff: Reads, flow: str) -> FlowView:
    """A flow as it is in force, with its texts as a form."""
    pack = own_pack(staff)
    versions = await versions_in_force(staff.session, staff.organization.id, staff.organization.pack)
    version = versions.get(flow)
    draft = draft_in_force(pack, flow, version)
    form = await asyncio.to_thread(form_of, draft)
    return FlowView(
        name=flow,
        about=str((await asyncio.to_thread(compiled, draft)).source.data.get("about") or ""),
        own=version is not None and version.source is not None,
        number=version.number if version else 0,
        pack_changed=pack_changed(pack, flow, version),
        source=draft.source,
        translations=dict(draft.translations),
        form=asdict(form),
    )


@router.post("/flows/{flow}/check")
async def check_flow(staff: Reads, flow: str, given: CheckIn) -> CheckView:
    """What the linter says of a draft, its text with the edits made, and (`rehearse`) what would go otherwise."""
    try:
        draft, library, _ = await draft_given(staff, flow, given)
    except FlowsBroken as broken:
        plain = Draft(flow, given.source or "", given.translations or {})
        found = in_spanish(plain, broken.problems)
        return CheckView(
            source=plain.source,
            translations=dict(plain.translations),
            troubles=trouble_views(staff, found),
            changed=[],
            changed_count=0,
            form={},
        )
    found = await asyncio.to_thread(troubles, draft, library, own_pack(staff))
    changed: list[Otherwise] = []
    count = 0
    if given.rehearse and not errors_of(found):
        folder = staff.runtime.settings.flows_dir / staff.organization.pack
        edited_library = with_flows(library, {flow: compiled(draft)})
        changed, count = await asyncio.to_thread(otherwise, folder, library, edited_library, flow, CHANGED_AT_MOST)
    return CheckView(
        source=draft.source,
        translations=dict(draft.translations),
        troubles=trouble_views(staff, found),
        changed=[OtherwiseView.model_validate(one) for one in changed],
        changed_count=count,
        form=asdict(await asyncio.to_thread(form_of, draft)),
    )


@router.post("/flows/{flow}/preview")
async def preview_flow(staff: Reads, flow: str, given: PreviewIn) -> PreviewView:
    """The conversation so far with a draft, as the channel shows it. Nothing is sent; actions are made up."""
    try:
        draft, library, _ = await draft_given(staff, flow, given)
        tried = with_flows(library, {flow: await asyncio.to_thread(compiled, draft)})
    except FlowsBroken as broken:
        plain = Draft(flow, given.source or "", given.translations or {})
        return PreviewView(bubbles=[], troubles=trouble_views(staff, in_spanish(plain, broken.problems)))
    known = await organization_facts(staff.session, staff.organization.id, staff.now)
    tests = staff.runtime.settings.flows_dir / staff.organization.pack / "tests"
    facts = Facts(known.facts, {"phone": pack_facts(tests).contact.get("phone", "")}, given.channel)
    start = Start() if given.start == "hello" else Start(flow, given.step or None)
    did = [Did(one.kind, one.text, one.id, one.seconds) for one in given.did]
    now = staff.now.astimezone(ZoneInfo(staff.organization.zone))
    examples = await asyncio.to_thread(_examples, staff, flow) if start.flow else []
    shown = await asyncio.to_thread(talk, tried, spoken_to(facts, given.language), now, start, did, examples)
    return PreviewView(bubbles=[BubbleView.model_validate(asdict(one)) for one in shown], troubles=[])


def _examples(staff: Staff, flow: str) -> list[Transcript]:
    """The pack's examples that begin inside the flow."""
    found: list[Transcript] = []
    for file in transcript_files([staff.runtime.settings.flows_dir / staff.organization.pack]):
        try:
            one = read_transcript(file)
        except TranscriptWrong:
            continue
        if (one.start or "").partition(".")[0] == flow:
            found.append(one)
    return found
