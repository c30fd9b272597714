"""Canned responses: texts the staff uses often, with {contact} and {member} filled in for a thread."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, StringConstraints
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.threads import Reads as ReadsThreads
from backoffice.api.words import Given, Paragraph
from core.contacts.model import Contact
from core.errors import Missing, Refused
from core.organizations.audit import audit
from core.threads.model import CannedResponse, Thread

router = staff_router("canned responses")

Reads = Annotated[Staff, Depends(Needs("canned.read"))]
Writes = Annotated[Staff, Depends(Needs("canned.write"))]
Shortcut = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]


class CannedView(BaseModel):
    id: str
    shortcut: str
    text: str


class CannedIn(Given):
    shortcut: Shortcut
    text: Paragraph


class CannedChange(Given):
    shortcut: Shortcut | None = None
    text: Paragraph | None = None


class Rendered(BaseModel):
    text: str


def _view(staff: Staff, one: CannedResponse) -> CannedView:
    return CannedView(id=staff.public("canned_response", one.id), shortcut=one.shortcut, text=one.text)


async def _free(staff: Staff, shortcut: str) -> None:
    taken = await staff.session.scalar(select(CannedResponse.id).where(CannedResponse.shortcut == shortcut))
    if taken is not None:
        raise Refused("shortcut_taken", f"Ya hay una respuesta «{shortcut}»: elige otro nombre.")


async def _find(staff: Staff, public: str) -> CannedResponse:
    found = await staff.session.get(CannedResponse, staff.inside("canned_response", public))
    if found is None:
        raise Missing("canned_response")
    return found


@router.get("/canned-responses")
async def list_canned_responses(staff: Reads) -> list[CannedView]:
    """All of them, by shortcut."""
    rows = await staff.session.scalars(select(CannedResponse).order_by(CannedResponse.shortcut).limit(1000))
    return [_view(staff, one) for one in rows]


@router.post("/canned-responses", status_code=201)
async def create_canned_response(staff: Writes, given: CannedIn) -> CannedView:
    """A new one; `{contact}` and `{member}` stand for their names."""
    await _free(staff, given.shortcut)
    made = CannedResponse(organization_id=staff.organization.id, shortcut=given.shortcut, text=given.text)
    staff.session.add(made)
    await staff.session.flush()
    audit(staff.session, staff.member, "canned.created", made.shortcut, staff.now, text=made.text)
    await staff.session.commit()
    return _view(staff, made)


@router.patch("/canned-responses/{response_id}")
async def change_canned_response(staff: Writes, response_id: str, given: CannedChange) -> CannedView:
    """Change what is given."""
    one = await _find(staff, response_id)
    before = {"shortcut": one.shortcut, "text": one.text}
    if given.shortcut is not None and given.shortcut != one.shortcut:
        await _free(staff, given.shortcut)
        one.shortcut = given.shortcut
    if given.text is not None:
        one.text = given.text
    after = {"shortcut": one.shortcut, "text": one.text}
    if changed := {name: [before[name], after[name]] for name in before if before[name] != after[name]}:
        audit(staff.session, staff.member, "canned.changed", one.shortcut, staff.now, **changed)
    await staff.session.commit()
    return _view(staff, one)


@router.delete("/canned-responses/{response_id}", status_code=204)
async def delete_canned_response(staff: Writes, response_id: str) -> None:
    """Gone; what was sent with it stays."""
    one = await _find(staff, response_id)
    await staff.session.delete(one)
    audit(staff.session, staff.member, "canned.deleted", one.shortcut, staff.now, text=one.text)
    await staff.session.commit()


@router.get("/threads/{thread_id}/canned-responses/{shortcut}")
async def render_canned_response(staff: ReadsThreads, thread_id: str, shortcut: str) -> Rendered:
    """The text as it would be sent in this thread."""
    inside = await staff.visible(thread_id)
    words = await staff.session.scalar(
        select(CannedResponse.text).where(CannedResponse.shortcut == shortcut.replace("\0", ""))
    )
    if words is None:
        raise Missing("canned_response")
    name = await staff.session.scalar(
        select(Contact.name).join(Thread, Thread.contact_id == Contact.id).where(Thread.id == inside)
    )
    filled = {"{contact}": (name or "").partition(" ")[0], "{member}": staff.member.name.partition(" ")[0]}
    for placeholder, value in filled.items():
        words = words.replace(placeholder, value)
    return Rendered(text=words)
