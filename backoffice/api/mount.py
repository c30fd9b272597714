"""The staff API put into the application."""

from fastapi import FastAPI

from backoffice.api import (
    account,
    agenda_booking,
    agenda_courses,
    agenda_external,
    agenda_feeds,
    agenda_openings,
    agenda_patients,
    agenda_places,
    agenda_reads,
    agenda_reports,
    agenda_schedules,
    agenda_services,
    agenda_stranded,
    agenda_visits,
    agenda_waitlist,
    attachments,
    automations,
    canned,
    contacts,
    failures,
    flow_publishing,
    flows,
    holidays,
    leads,
    members,
    merging,
    messages,
    organization,
    pipeline,
    push,
    reports,
    scheduled,
    service_levels,
    service_reports,
    session,
    stages,
    thread_actions,
    threads,
    webhooks,
)
from backoffice.api.document import TAGS, describe_security
from backoffice.api.errors import install_errors

ROUTERS = (
    session.router,
    account.router,
    push.router,
    threads.router,
    thread_actions.router,
    messages.router,
    scheduled.router,
    canned.router,
    attachments.router,
    contacts.router,
    merging.router,
    pipeline.router,  # before leads, whose ids would be anything
    leads.router,
    stages.router,
    agenda_openings.router,
    agenda_courses.router,
    agenda_booking.router,
    agenda_waitlist.router,
    agenda_visits.router,
    agenda_reads.router,
    agenda_patients.router,
    agenda_places.router,
    agenda_feeds.router,
    agenda_external.router,
    agenda_schedules.router,
    agenda_services.router,
    agenda_stranded.router,
    agenda_reports.router,
    reports.router,
    service_reports.router,
    organization.router,
    holidays.router,
    service_levels.router,
    flows.router,
    flow_publishing.router,
    members.router,
    failures.router,
    automations.router,
    webhooks.router,
)


def mount_api(app: FastAPI) -> None:
    """Add the routes, the errors' mapping and the document's security schemes."""
    for router in ROUTERS:
        app.include_router(router, prefix="/api")
    app.openapi_tags = [{"name": name, "description": words} for name, words in TAGS.items()]
    install_errors(app)
    describe_security(app)
