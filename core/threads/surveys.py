"""Asking how it was, once a conversation with the staff is resolved. Takes a session, never commits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.policy import policy_of
from core.contacts.model import Contact
from core.organizations.model import Organization
from core.threads.later_model import ThreadSurvey
from core.threads.model import Episode, Thread
from core.threads.service_levels import levels_of

SOON = timedelta(minutes=1)
"""After the resolve: time for a last «gracias», which wakes the thread and lets the survey be."""
SELDOM = timedelta(days=7)
"""Nobody is asked more often."""
STALE = timedelta(days=1)
"""What could not be asked by then is not asked."""


async def plan_survey(session: AsyncSession, thread: Thread, now: datetime) -> None:
    """When the organization asks: if a person of the staff answered in the episode that ends."""
    organization = await session.get(Organization, thread.organization_id)
    if organization is None or not levels_of(organization.settings).survey:
        return
    answered = await session.scalar(
        select(Episode.id).where(
            Episode.thread_id == thread.id, Episode.resolved_at.is_(None), Episode.first_human_reply_at.is_not(None)
        )
    )
    asked = await session.scalar(
        select(ThreadSurvey.id)
        .where(ThreadSurvey.thread_id == thread.id, ThreadSurvey.due_at > now - SELDOM, ThreadSurvey.state != "skipped")
        .limit(1)
    )
    contact = await session.get_one(Contact, thread.contact_id)
    if answered is None or asked is not None or contact.opted_out_at is not None:
        return
    due = policy_of(organization).quiet_ends((now + SOON).astimezone(ZoneInfo(organization.zone)))
    session.add(
        ThreadSurvey(organization_id=thread.organization_id, thread_id=thread.id, member_id=thread.owner_id, due_at=due)
    )


async def take_survey(session: AsyncSession, survey_id: int, thread: Thread, now: datetime) -> bool:
    """Whether it is to be asked now, which is noted; the thread is locked. Not when the person has written since, or
    it is too late."""
    survey = await session.get_one(ThreadSurvey, survey_id, with_for_update=True, populate_existing=True)
    if survey.state != "waiting" or survey.due_at > now:
        return False
    survey.state = "asked" if thread.state == "resolved" and survey.due_at > now - STALE else "skipped"
    return survey.state == "asked"


async def rate(
    session: AsyncSession, thread_id: int, survey_id: int, score: int, comment: str | None, now: datetime
) -> bool:
    """Keep what the person answered; False when it is not a survey of this thread."""
    survey = await session.get(ThreadSurvey, survey_id, with_for_update=True)
    if survey is None or survey.thread_id != thread_id:
        return False
    survey.state, survey.score, survey.answered_at = "answered", score, now
    survey.comment = comment or survey.comment
    return True
