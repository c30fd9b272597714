"""A draft as requests name it: the flow in force with texts changed, or a whole YAML in its place."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backoffice.api.access import Staff
from backoffice.api.words import Given
from backoffice.flow_problems import Trouble
from bot.language.library import Library
from bot.published import with_flows
from bot.tooling.drafts import Draft, Edits, compiled, edited, pack_draft
from core.errors import Missing, Refused
from core.flow_versions import FlowVersion, versions_in_force

Yaml = Annotated[str, StringConstraints(max_length=200_000)]
Key = Annotated[str, StringConstraints(max_length=200)]
Tag = Annotated[str, StringConstraints(max_length=10)]
Words = Annotated[str, StringConstraints(max_length=4000)]


class DraftIn(Given):
    """A draft: the flow in force, or `source` and `translations` in its place, with single texts changed."""

    source: Yaml | None = Field(default=None, description="The whole YAML; left out: the version in force.")
    translations: dict[Tag, Yaml] | None = Field(default=None, max_length=8, description="Language → YAML.")
    texts: dict[Key, Words] = Field(default={}, max_length=1000, description="New texts by their keys.")
    translated: dict[Tag, dict[Key, Words]] = Field(default={}, max_length=8, description="The same, by language.")
    orders: dict[Key, list[Key]] = Field(default={}, max_length=200, description="Option ids by step, in order.")


class TroubleView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: str | None
    language: str | None
    line: int
    code: str
    message: str
    fix: str
    original: str
    blocks: bool


def own_pack(staff: Staff) -> Library:
    library = staff.runtime.conversing.published.packs.get(staff.organization.pack)
    if library is None:
        raise Refused("no_pack", f"No hay flujos «{staff.organization.pack}» en este servidor.")
    return library


def draft_in_force(pack: Library, flow: str, version: FlowVersion | None) -> Draft:
    """What is in force: the version, or the pack's own. Raises Missing."""
    if flow not in pack.flows:
        raise Missing("flow")
    if version is None or version.source is None:
        return pack_draft(pack, flow)
    return Draft(flow, version.source, version.translations)


async def spoken(staff: Staff) -> tuple[Library, dict[str, FlowVersion]]:
    """The pack with the organization's own versions in it, as they were written, and what is in force."""
    pack = own_pack(staff)
    versions = await versions_in_force(staff.session, staff.organization.id, staff.organization.pack)
    own = [name for name, version in versions.items() if version.source is not None and name in pack.flows]
    flows = {name: await asyncio.to_thread(compiled, draft_in_force(pack, name, versions[name])) for name in own}
    return with_flows(pack, flows), versions


async def draft_given(staff: Staff, flow: str, given: DraftIn) -> tuple[Draft, Library, dict[str, FlowVersion]]:
    """The draft a request is about, its edits made, and the library around it."""
    library, versions = await spoken(staff)
    draft = draft_in_force(own_pack(staff), flow, versions.get(flow))
    if given.source is not None:
        draft = Draft(flow, given.source, draft.translations)
    if given.translations is not None:
        draft = Draft(flow, draft.source, given.translations)
    # An empty short label takes it out; no other text may be empty, which the linter says.
    texts = {key: None if key.endswith(".short") and not text.strip() else text for key, text in given.texts.items()}
    draft = await asyncio.to_thread(edited, draft, Edits(texts, given.translated, given.orders))
    return draft, library, versions


def pack_changed(pack: Library, flow: str, version: FlowVersion | None) -> bool:
    return version is not None and version.source is not None and version.pack_revision != pack.flows[flow].revision


def trouble_views(staff: Staff, found: list[Trouble]) -> list[TroubleView]:
    """Without what only lags behind in a register of Spanish that the organization does not speak."""
    others = {"es-vos", "es-usted"} - {f"es-{staff.organization.register}"}
    return [TroubleView.model_validate(one) for one in found if one.blocks or one.language not in others]
