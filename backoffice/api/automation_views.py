"""Automations as the API shows and takes them: the definition of `core.automation.definition` with public ids."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from backoffice.api.access import Staff
from backoffice.api.views import Priority
from backoffice.api.words import Given, Line, Paragraph, Word
from core.agenda.model import Location, Resource, Service
from core.automation import definition as does
from core.automation.model import Webhook
from core.errors import Missing, Refused
from core.leads.stages import list_stages
from core.organizations.model import Member

IDS = {"owner": ("member", Member), "service": ("service", Service), "location": ("location", Location)} | {
    "professional": ("resource", Resource)
}
"""Facts whose values are ids: their kind, and where they are."""
NEED_VALUES = frozenset({"text", "open"})


class ConditionIn(Given):
    """True when the fact is any of these; with `none`, when it is none of them. Nothing in `any`: it is not set."""

    fact: does.Fact
    any: Annotated[list[Line], Field(max_length=30)] = []
    none: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _has_values(self) -> "ConditionIn":
        if self.fact in NEED_VALUES and not self.any:
            raise ValueError("di al menos un valor.")
        return self


class AssignIn(Given):
    """To a member, or to whoever's turn it is, or to a team alone."""

    do: Literal["assign"]
    member: Line | None = None
    team: Word | None = None
    round_robin: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _to_somebody(self) -> "AssignIn":
        if self.member and self.round_robin:
            raise ValueError("elige una persona o el turno, no ambos.")
        if not (self.member or self.team or self.round_robin):
            raise ValueError("di a quién: una persona, un equipo o el turno.")
        return self


class LabelIn(Given):
    do: Literal["label"]
    label: Word
    remove: Annotated[bool, Field(strict=True)] = False


class PriorityIn(Given):
    do: Literal["priority"]
    level: Priority


class NoteIn(Given):
    do: Literal["note"]
    text: Paragraph


class TemplateIn(Given):
    """`body` is the approved text with {{1}}; {contact} in a parameter is the person's first name."""

    name: Word
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
    body: Paragraph
    parameters: Annotated[list[Line], Field(max_length=20)] = []


class SendIn(Given):
    """The text where free text may go; otherwise the template; otherwise nothing, with the reason in the thread."""

    do: Literal["send"]
    text: Paragraph | None = None
    template: TemplateIn | None = None

    @model_validator(mode="after")
    def _something(self) -> "SendIn":
        if self.text is None and self.template is None:
            raise ValueError("di qué se envía: un texto, una plantilla o ambos.")
        return self


class StageIn(Given):
    do: Literal["stage"]
    stage: Word
    reason: Line | None = Field(default=None, description="Why it is lost; needed for stages that are.")


class ResolveIn(Given):
    do: Literal["resolve"]


class TellWebhookIn(Given):
    do: Literal["webhook"]
    webhook: Line


ActionIn = Annotated[
    AssignIn | LabelIn | PriorityIn | NoteIn | SendIn | StageIn | ResolveIn | TellWebhookIn,
    Field(discriminator="do"),
]


async def read_conditions(staff: Staff, given: Sequence[ConditionIn]) -> list[does.Condition]:
    """With the inside ids; raises Missing for what is not there."""
    found = []
    for one in given:
        values = one.any
        if one.fact in IDS:
            values = [str(await _inside(staff, one.fact, public)) for public in one.any]
        found.append(does.Condition(one.fact, tuple(values), one.none))
    return found


async def _inside(staff: Staff, fact: str, public: str) -> int:
    kind, model = IDS[fact]
    inside = staff.inside(kind, public)
    if await staff.session.get(model, inside) is None:
        raise Missing(kind)
    return inside


async def read_actions(staff: Staff, given: Sequence[ActionIn]) -> list[does.Action]:
    """With the inside ids; raises Missing for what is not there, Refused for what could never be done."""
    return [await _read_action(staff, one) for one in given]


async def _read_action(staff: Staff, given: ActionIn) -> does.Action:
    match given:
        case AssignIn():
            member = await _inside(staff, "owner", given.member) if given.member else None
            return does.Assign(member, given.team, given.round_robin)
        case LabelIn():
            return does.Label(given.label, given.remove)
        case PriorityIn():
            return does.Priority(given.level)
        case NoteIn():
            return does.Note(given.text)
        case SendIn():
            told = given.template
            template = (
                does.TemplateToSend(told.name, told.language, told.body, tuple(told.parameters)) if told else None
            )
            return does.Send(given.text, template)
        case StageIn():
            stages = {stage.key: stage for stage in await list_stages(staff.session, staff.organization.id)}
            if given.stage not in stages:
                raise Missing("stage")
            if stages[given.stage].kind == "lost" and not given.reason:
                raise Refused("reason_needed", "Para marcarlo como perdido, elige el motivo.")
            return does.Stage(given.stage, given.reason)
        case ResolveIn():
            return does.Resolve()
        case TellWebhookIn():
            inside = staff.inside("webhook", given.webhook)
            if await staff.session.get(Webhook, inside) is None:
                raise Missing("webhook")
            return does.TellWebhook(inside)


def show_conditions(staff: Staff, stored: Sequence[does.Condition]) -> list[ConditionIn]:
    shown = []
    for one in stored:
        values = list(one.any)
        if one.fact in IDS:
            values = [staff.public(IDS[one.fact][0], int(value)) for value in one.any]
        shown.append(ConditionIn(fact=one.fact, any=values, none=one.none))
    return shown


def show_action(staff: Staff, stored: does.Action) -> ActionIn:
    match stored:
        case does.Assign():
            member = staff.public("member", stored.member) if stored.member else None
            return AssignIn(do="assign", member=member, team=stored.team, round_robin=stored.round_robin)
        case does.Label():
            return LabelIn(do="label", label=stored.label, remove=stored.remove)
        case does.Priority():
            return PriorityIn(do="priority", level=stored.level)
        case does.Note():
            return NoteIn(do="note", text=stored.text)
        case does.Send():
            told = stored.template
            template = None
            if told is not None:
                given = {"name": told.name, "language": told.language, "body": told.body}
                template = TemplateIn(**given, parameters=list(told.parameters))
            return SendIn(do="send", text=stored.text, template=template)
        case does.Stage():
            return StageIn(do="stage", stage=stored.stage, reason=stored.reason)
        case does.Resolve():
            return ResolveIn(do="resolve")
        case does.TellWebhook():
            return TellWebhookIn(do="webhook", webhook=staff.public("webhook", stored.webhook))
