"""The organization's payment link, made ready for one person."""

from urllib.parse import quote

from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.views import ThreadView
from core.currencies import decimals
from core.leads.model import Lead


async def payment_link(staff: Staff, thread: ThreadView) -> str:
    """The address with what is known put in: the person's name, and what their open opportunity is worth. What is not
    known stays to be filled in. Empty: the organization has none."""
    link = str(staff.organization.settings.get("payment_url") or "")
    if "{amount}" in link and (amount := await _amount(staff, thread)):
        link = link.replace("{amount}", amount)
    return link.replace("{contact}", quote(thread.contact.name, safe="")) if thread.contact.name else link


async def _amount(staff: Staff, thread: ThreadView) -> str:
    contact_id = staff.inside("contact", thread.contact.id)
    lead = await staff.session.scalar(
        select(Lead).where(Lead.contact_id == contact_id, Lead.closed_at.is_(None)).order_by(Lead.id.desc()).limit(1)
    )
    if lead is None or not lead.value_minor:
        return ""
    places = decimals(lead.currency or staff.organization.currency)
    whole, rest = divmod(lead.value_minor, 10**places)
    return f"{whole}.{rest:0{places}d}" if rest else str(whole)
