"""Templates and what they may use: the interface's words, local times, who may what."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from backoffice.api.access import Staff
from backoffice.pages.vendor import fingerprint, importmap
from backoffice.pages.words import language_of, say
from core.agenda.visits import STATUS_NAMES
from core.organizations.permissions import allows

FOLDER = Path(__file__).parent
_MONTHS = {
    "es": "ene feb mar abr may jun jul ago sep oct nov dic".split(),
    "pt": "jan fev mar abr mai jun jul ago set out nov dez".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
}
_DAYS = {
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}

templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["asset"] = lambda name: f"{name}?{fingerprint(name)}"
templates.globals["importmap"] = lambda: Markup(importmap())  # noqa: S704 names of files of ours


@dataclass(frozen=True)
class Clockface:
    """Instants in the organization's zone and the reader's language."""

    zone: ZoneInfo
    now: datetime
    language: str

    def say(self, spanish: str) -> str:
        return say(self.language, spanish)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def hour(self, at: datetime) -> str:
        return f"{self.local(at):%H:%M}"

    def day(self, at: datetime) -> str:
        """«Hoy», «Ayer», «lunes», «12 mar», «12 mar 2025»."""
        local, today = self.local(at).date(), self.local(self.now).date()
        ago = (today - local).days
        if ago in (0, 1):
            return self.say("Hoy") if ago == 0 else self.say("Ayer")
        if 1 < ago < 7:
            return _DAYS[self.language][local.weekday()].capitalize()
        written = f"{local.day} {_MONTHS[self.language][local.month - 1]}"
        return written if local.year == today.year else f"{written} {local.year}"

    def dated(self, day: date) -> str:
        """«Hoy · sábado 21 nov», «miércoles 25 nov», with the year when it is another."""
        today = self.local(self.now).date()
        near = {0: "Hoy", 1: "Mañana", -1: "Ayer"}.get((day - today).days)
        written = f"{_DAYS[self.language][day.weekday()]} {day.day} {_MONTHS[self.language][day.month - 1]}"
        written += "" if day.year == today.year else f" {day.year}"
        return f"{self.say(near)} · {written}" if near else written

    def month(self, day: date) -> str:
        """«nov 2026»."""
        return f"{_MONTHS[self.language][day.month - 1]} {day.year}"

    def brief(self, at: datetime) -> str:
        """For lists: the hour today, the day otherwise."""
        return self.hour(at) if self.local(at).date() == self.local(self.now).date() else self.day(at)

    def whole(self, at: datetime) -> str:
        return f"{self.day(at)} {self.hour(at)}"

    def left(self, until: datetime) -> str:
        """«3 h 20 min» until then; empty when it has passed."""
        minutes = int((until - self.now) / timedelta(minutes=1))
        if minutes <= 0:
            return ""
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"

    def since(self, at: datetime) -> str:
        """«5 min», «2 h», «3 d» since then."""
        minutes = max(0, int((self.now - at) / timedelta(minutes=1)))
        if minutes < 60:
            return f"{minutes} min"
        return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


SECTIONS = (
    ("/inbox", "Bandeja", "inbox", "threads.read"),
    ("/pipeline", "Ventas", "pipeline", "leads.read"),
    ("/agenda", "Agenda", "calendar", "agenda.read"),
    ("/dashboard", "Tablero", "chart", "reports.read"),
    ("/settings", "Ajustes", "gear", "canned.write"),
)
"""The pages the rail leads to: address, name, drawing, and the permission to see it. The first is where one arrives."""


def sections_of(role: str) -> list[tuple[str, str, str]]:
    """(address, name, drawing) of those a role sees."""
    return [(address, name, drawing) for address, name, drawing, needed in SECTIONS if allows(role, needed)]


@dataclass(frozen=True)
class Page:
    """A page being made for somebody of the staff."""

    request: Request
    staff: Staff

    @cached_property
    def language(self) -> str:
        return language_of(self.request)

    @cached_property
    def clock(self) -> Clockface:
        return Clockface(ZoneInfo(self.staff.organization.zone), self.staff.now, self.language)

    @property
    def sections(self) -> list[tuple[str, str, str]]:
        return sections_of(self.staff.member.role)

    def may(self, permission: str) -> bool:
        return allows(self.staff.member.role, permission)

    def html(self, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
        shared = {
            "page": self,
            "staff": self.staff,
            "me": self.staff.public("member", self.staff.member.id),
            "may": self.may,
        }
        body = render(template, self.clock, **shared, **values)
        return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def render(template: str, clock: Clockface, /, **values: Any) -> str:
    """A template's text; `t` says words, `clock` says times."""
    return templates.get_template(template).render(
        t=partial(say, clock.language), language=clock.language, clock=clock, **values
    )


def initials(name: str) -> str:
    """«CP» for Caro Pérez."""
    words = [word for word in name.split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper() or "?"


def icon(name: str, label: str = "") -> Markup:
    """One of the drawings in `icons.svg`; decoration unless it has a label."""
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="/static/icons.svg?{}#{}"/></svg>').format(
        told, fingerprint("/static/icons.svg"), name
    )


_MARKS = re.compile(
    r"(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)])|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)|(?<!\w)_(?P<slant>[^_\n]+)_(?!\w)"
)


def rich(text: str) -> Markup:
    """A chat's text as chats show it: addresses as links, *bold*, _italic_; everything else escaped."""

    def marked(match: re.Match[str]) -> Markup:
        if link := match["link"]:
            return Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(link)
        tag, words = ("strong", match["bold"]) if match["bold"] else ("em", match["slant"])
        return Markup("<{0}>{1}</{0}>").format(Markup(tag), words)  # noqa: S704 one of two tags of ours

    parts, end = [], 0
    for match in _MARKS.finditer(text):
        parts += [escape(text[end : match.start()]), marked(match)]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


templates.globals |= {"icon": icon, "initials": initials}
templates.filters["rich"] = rich
templates.globals["status_words"] = {status: name.capitalize() for status, name in STATUS_NAMES.items()}
