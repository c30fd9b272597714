"""Two contacts that may be one person: suggested by Hilo, decided by people, and undone when it was wrong."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_of, read_cursor
from backoffice.api.views import Named
from backoffice.api.words import Given, Line
from core import merging
from core.contacts.model import Contact, MergeSuggestion
from core.contacts.queries import Suggested, list_suggestions, read_contact
from core.errors import Missing

router = staff_router("contacts")

Merges = Annotated[Staff, Depends(Needs("contacts.merge"))]


class MergeContact(Named):
    phone: str | None


class SuggestionView(BaseModel):
    id: str
    reason: str
    """same_number, identities_disagree, number_changed."""
    state: Literal["open", "merged", "dismissed"]
    contacts: list[MergeContact]
    created_at: datetime


class MergeIn(Given):
    keep: Line
    """The contact that stays."""


def _view(staff: Staff, suggestion: MergeSuggestion, contacts: list[Contact]) -> SuggestionView:
    return SuggestionView(
        id=staff.public("merge_suggestion", suggestion.id),
        reason=suggestion.reason,
        state=suggestion.state,  # type: ignore[arg-type]
        contacts=[MergeContact(id=staff.public("contact", one.id), name=one.name, phone=one.phone) for one in contacts],
        created_at=suggestion.created_at,
    )


@router.get("/merge-suggestions")
async def list_merge_suggestions(
    staff: Merges,
    state: Annotated[Literal["open", "merged", "dismissed"], Query()] = "open",
    cursor: Cursor = None,
    limit: Limit = 30,
) -> Page[SuggestionView]:
    """Pairs that may be one person, the newest first."""
    after = read_cursor(staff.runtime.ids, "merge_suggestion", cursor)
    rows: list[Suggested] = await list_suggestions(
        staff.session,
        staff.organization.id,
        staff.sight,
        state,
        after=after[1] if after else None,
        limit=limit + 1,
    )
    last = rows[limit - 1].suggestion.id if len(rows) > limit else None
    return Page(
        items=[_view(staff, row.suggestion, [row.one, row.other]) for row in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "merge_suggestion", None, last) if last else None,
    )


async def _find(staff: Staff, public: str) -> MergeSuggestion:
    suggestion = await merging.find_suggestion(staff.session, staff.inside("merge_suggestion", public))
    for contact_id in (suggestion.contact_id, suggestion.other_id):
        if staff.sight.scope != "all" and await read_contact(staff.session, staff.sight, contact_id) is None:
            raise Missing("merge_suggestion")
    return suggestion


async def _done(staff: Staff, suggestion: MergeSuggestion) -> SuggestionView:
    contacts = [
        await staff.session.get_one(Contact, contact_id) for contact_id in (suggestion.contact_id, suggestion.other_id)
    ]
    view = _view(staff, suggestion, contacts)
    await staff.session.commit()
    return view


@router.post("/merge-suggestions/{suggestion_id}/merge")
async def merge_contacts(staff: Merges, suggestion_id: str, given: MergeIn) -> SuggestionView:
    """They are one person: everything goes to the one kept."""
    suggestion = await _find(staff, suggestion_id)
    await merging.merge(staff.session, suggestion, staff.inside("contact", given.keep), staff.now)
    return await _done(staff, suggestion)


@router.post("/merge-suggestions/{suggestion_id}/undo")
async def undo_merge(staff: Merges, suggestion_id: str) -> SuggestionView:
    """They were two after all: what was moved goes back; what came since stays."""
    suggestion = await _find(staff, suggestion_id)
    await merging.undo_merge(staff.session, suggestion, staff.now)
    return await _done(staff, suggestion)


@router.post("/merge-suggestions/{suggestion_id}/dismiss")
async def dismiss_suggestion(staff: Merges, suggestion_id: str) -> SuggestionView:
    """They are two people: never suggest it again."""
    suggestion = await _find(staff, suggestion_id)
    await merging.dismiss(staff.session, suggestion)
    return await _done(staff, suggestion)
