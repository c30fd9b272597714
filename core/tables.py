"""Every table of Hilo, gathered so that migrations and the drift check see them all."""

from core import flow_versions
from core.agenda import messages_model as agenda_messages
from core.agenda import model as agenda
from core.automation import model as automation
from core.contacts import model as contacts
from core.db import Base
from core.leads import model as leads
from core.organizations import model as organizations
from core.push import model as push
from core.threads import later_model as later
from core.threads import message_templates, queues
from core.threads import model as threads

__all__ = [
    "METADATA",
    "agenda",
    "agenda_messages",
    "automation",
    "contacts",
    "flow_versions",
    "later",
    "leads",
    "message_templates",
    "organizations",
    "push",
    "queues",
    "threads",
]

METADATA = Base.metadata
