"""Labels: words the threads bear, prepared, coloured, renamed and merged."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, Word, told
from core.automation.renaming import refuse_named, rename_in_automations
from core.organizations.audit import audit
from core.threads import labels
from core.threads.labels import Colour
from core.threads.model import Label

router = staff_router("threads")

Reads = Annotated[Staff, Depends(Needs("labels.read"))]
Writes = Annotated[Staff, Depends(Needs("labels.write"))]


class LabelView(BaseModel):
    id: str
    name: str
    colour: Colour


class CountedLabel(LabelView):
    threads: int
    """How many bear it, resolved ones included."""


class LabelIn(Given):
    name: Word
    colour: Colour = "gray"


class LabelChange(Given):
    name: Word | None = None
    colour: Colour | None = None


class MergeIn(Given):
    into: Line


def view_label(staff: Staff, label: Label) -> LabelView:
    return LabelView(
        id=staff.public("label", label.id),
        name=label.name,
        colour=label.colour,  # type: ignore[arg-type]
    )


async def _find(staff: Staff, public: str) -> Label:
    return await labels.find_label(staff.session, staff.organization.id, staff.inside("label", public))


@router.get("/labels", name="list_labels")
async def list_the_labels(staff: Reads) -> list[CountedLabel]:
    """By name, with how many threads bear each."""
    rows = await labels.labels_with_threads(staff.session, staff.organization.id)
    return [CountedLabel(**dict(view_label(staff, label)), threads=threads) for label, threads in rows]


@router.post("/labels", status_code=201)
async def create_label(staff: Writes, given: LabelIn) -> LabelView:
    """Prepare one. A word somebody gives a thread becomes one by itself."""
    label = await labels.add_label(staff.session, staff.organization.id, given.name, given.colour)
    audit(staff.session, staff.member, "label.created", label.name, staff.now)
    await staff.session.commit()
    return view_label(staff, label)


@router.patch("/labels/{label_id}")
async def change_label(staff: Writes, label_id: str, given: LabelChange) -> LabelView:
    """Its colour, or its name, which changes on every thread."""
    label = await _find(staff, label_id)
    before = label.name
    if given.name is not None and given.name != label.name:
        await labels.rename_label(staff.session, label, given.name)
        await rename_in_automations(staff.session, staff.organization.id, "label", before, given.name)
    if given.colour is not None:
        label.colour = given.colour
    audit(staff.session, staff.member, "label.changed", before, staff.now, **told(given))
    await staff.session.commit()
    return view_label(staff, label)


@router.post("/labels/{label_id}/merge")
async def merge_label(staff: Writes, label_id: str, given: MergeIn) -> LabelView:
    """What bears this one bears the other; this one is gone."""
    label, into = await _find(staff, label_id), await _find(staff, given.into)
    await labels.merge_label(staff.session, label, into)
    await rename_in_automations(staff.session, staff.organization.id, "label", label.name, into.name)
    audit(staff.session, staff.member, "label.merged", label.name, staff.now, into=into.name)
    await staff.session.commit()
    return view_label(staff, into)


@router.delete("/labels/{label_id}", status_code=204)
async def delete_label(staff: Writes, label_id: str) -> None:
    """Gone, also from the threads that bear it. 409 `in_use` while an automation puts it on."""
    label = await _find(staff, label_id)
    await refuse_named(staff.session, staff.organization.id, "label", label.name)
    await labels.remove_label(staff.session, label)
    audit(staff.session, staff.member, "label.deleted", label.name, staff.now)
    await staff.session.commit()
