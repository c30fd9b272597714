"""The shape of flow files: `<name>.flow.yaml` and `_globals.yaml`. Keys not named here are errors.

Durations are text such as `20m`, `6h`, `2d`. Texts are templates (`bot.language.template`), predicates are data
(`bot.language.predicate`).
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

VarType = Literal[
    "text",
    "name",
    "choice",
    "yes_no",
    "number",
    "age",
    "birth_date",
    "when",
    "money",
    "phone",
    "email",
    "media",
    "scale",
    "list",
    "ref",
    "any",
]

_DURATION = re.compile(r"([1-9]\d*)([smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(value: object) -> int:
    """`20m` → 1200; raises ValueError on anything that is not a whole number of s, m, h or d."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a whole number and s, m, h or d, such as 20m")
    return int(match[1]) * _SECONDS[match[2]]


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Duration = Annotated[int, BeforeValidator(seconds)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Texts = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
Words = Annotated[list[str], BeforeValidator(_as_list)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class VarModel(Strict):
    """A variable. `scope: contact` outlives the flow; `pii` and `sensitive` say what must be masked."""

    type: VarType = "any"
    label: str | None = None
    pii: bool = False
    sensitive: str | None = None
    scope: Literal["flow", "contact"] = "flow"
    optional: bool = False
    """For `params`: the caller may leave it out."""


class ExpireModel(Strict):
    after: Duration
    to: str


class TemplateModel(Strict):
    """An approved template that carries this text where free text may no longer be sent.

    `text` is what was approved, when it differs from the step's; its holes are the template's variables, and
    `examples` what each of them may be, which the provider asks for.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]
    text: str | None = None
    examples: list[str] = []


class NudgeModel(Strict):
    text: str
    template: TemplateModel | None = None


def _as_nudge(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


Nudge = Annotated[NudgeModel, BeforeValidator(_as_nudge)]
Nudges = dict[str, Nudge]


class DefaultsModel(Strict):
    """What every wait inherits. `cancel` is where *cancelar* goes; without it the conversation simply ends."""

    tries: Annotated[int, Field(ge=1, le=9)] = 3
    give_up: str | None = None
    nudges: Nudges = {}
    expire: ExpireModel | None = None
    cancel: str | None = None


class OptionModel(Strict):
    label: str
    short: str | None = None
    description: str | None = None
    aliases: Words = []
    to: str | None = None


class OptionsFromModel(Strict):
    """Options out of a list variable: `id` names the field, `label`, `short` and `description` are templates over one
    row."""

    list: str
    id: str
    label: str
    short: str | None = None
    description: str | None = None
    aliases: str | None = None
    """The field that holds each row's other names, a list: «toxina» for Botox."""
    starts: str | None = None
    """The field that holds each row's local moment (ISO 8601): a day or an hour that is typed means the row it fits."""


class ElsewhereModel(Strict):
    """Where a typed day or hour leads that none of the rows has; `into` is given what was said."""

    into: str
    to: str


class AnswerModel(Strict):
    """`as:` of an ask. Which fields a kind takes is checked by the compiler."""

    type: Literal["text", "name", "yes_no", "number", "age", "birth_date", "when", "money", "phone", "email", "media",
                  "scale"]  # fmt: skip
    min: float | None = None
    max: float | None = None
    integer: bool = False
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    """For money: ISO 4217 of a bare number; the organization's otherwise."""
    region: str | None = None
    same_chat: Words = []
    request: bool = True
    media: list[Literal["image", "voice", "audio", "video", "document", "sticker"]] = []
    max_mb: float | None = None
    location: bool = False
    """For text: a shared place is taken as well, as its name, address and map link."""
    labels: list[str] = []
    future: bool = True
    """For when: what has passed is not taken."""
    horizon: Duration | None = None
    """For when: what lies further ahead is not taken."""
    needs: Literal["day", "hour", "both"] | None = None
    """For when: what the answer must name; the bot asks for what is missing."""
    echo: Literal["chosen", "always"] = "chosen"
    """For when: whether a reading that is sure is said back as well."""
    yes: str = "Sí"
    no: str = "No"


class StepModel(Strict):
    next: str | None = None


class WaitModel(StepModel):
    """What `ask` and `choose` share. `again` is the question as it is put a second time."""

    into: str | None = None
    again: str | None = None
    retry: Annotated[list[str], BeforeValidator(_as_list)] = []
    tries: int | None = Field(None, ge=1, le=9)
    give_up: str | None = None
    nudges: Nudges | None = None
    expire: ExpireModel | None = None
    label: str | None = None
    template: TemplateModel | None = None
    soft: bool = True
    """Whether FAQ intents may interrupt here."""
    soft_except: Words = []
    """Those of them that may not: what the question itself is about."""


class PinModel(Strict):
    """A point to send: templates that give degrees and words."""

    latitude: str
    longitude: str
    name: str | None = None
    address: str | None = None


class SayModel(StepModel):
    """One message, or several when a list is given; `location` adds a pin, `file` a file an action made or was sent."""

    say: Texts
    location: PinModel | None = None
    file: str | None = None
    template: TemplateModel | None = None
    essential: bool = False


class AskModel(WaitModel):
    ask: str
    kind: AnswerModel = Field(alias="as")
    skip: Words = []
    """Words that leave the variable empty and go on."""
    no_to: str | None = None
    """For yes_no: where a no goes; a yes goes to `next`."""
    no_edits: bool = False
    """For yes_no: a no offers what can be changed, as *cambiar* does, and the question is put again afterwards."""
    prefill: bool = False
    """For when: whether a day or an hour in the parameter `opening`, or said with an earlier choice, is taken."""


class ChooseModel(WaitModel):
    choose: str
    options: dict[Id, OptionModel] = {}
    options_from: OptionsFromModel | None = None
    elsewhere: ElsewhereModel | None = None
    multi: bool = False
    """Several options may be chosen; the answer is the list of their ids."""
    opener: str | None = None
    prefill: bool = False
    """Whether the parameter `opening`, the message that started the conversation, is tried as the answer, once."""


class SetModel(StepModel):
    set: dict[str, Any]


class CaseModel(Strict):
    when: dict[str, Any] | None = None
    to: str | None = None
    otherwise: str | None = Field(None, alias="else")


class BranchModel(Strict):
    branch: list[CaseModel] = Field(min_length=1)


class ActionModel(Strict):
    """Runs a registered action. `commit` is the barrier *volver* does not cross."""

    action: str
    arguments: dict[str, Any] = Field({}, alias="with")
    into: str | None = None
    commit: bool = False
    outcomes: dict[str, str] = Field(min_length=1)


class CallModel(Strict):
    """Runs another flow on top of this one, and goes on by its outcome."""

    call: str
    entry: str | None = None
    arguments: dict[str, Any] = Field({}, alias="with")
    outcomes: dict[str, str] = Field(min_length=1)


class ResumeModel(Strict):
    after_release: str | None = None
    if_silent: Duration | None = None
    waiting: str | None = None
    """Told to the person, once, when nobody has answered for `if_silent`."""


class HandoverModel(Strict):
    handover: str
    summary: list[str] = []
    say: Texts | None = None
    resume: ResumeModel = ResumeModel()


class EndModel(Strict):
    """The flow is over with this outcome."""

    end: Id
    say: Texts | None = None
    essential: bool = False


STEP_MODELS: dict[str, type[Strict]] = {
    "say": SayModel,
    "ask": AskModel,
    "choose": ChooseModel,
    "set": SetModel,
    "branch": BranchModel,
    "action": ActionModel,
    "call": CallModel,
    "handover": HandoverModel,
    "end": EndModel,
}


class FlowModel(Strict):
    """A flow file's own keys; each step is read by the model of its kind."""

    flow: Id
    start: str
    lang: Literal["es", "pt", "en"] = "es"
    about: str | None = None
    params: dict[Id, VarModel] = {}
    vars: dict[Id, VarModel] = {}
    entry: dict[Id, str] = {}
    outcomes: list[Id] = []
    defaults: DefaultsModel = DefaultsModel()
    migrate: dict[Id, Id] | None = None
    """Whoever is in an older revision moves to this one; old step → what it is called now. Without it they stay."""
    steps: dict[Id, dict[str, Any]] = Field(min_length=1)


WordName = Literal["opt_out", "opt_in", "human", "menu", "back", "cancel", "help", "edit"]


class WordModel(Strict):
    """Words that work at every wait, when they are the whole message. `flow` runs; `action` while handed over."""

    words: list[str] = Field(min_length=1)
    flow: str | None = None
    entry: str | None = None
    action: str | None = None


class SoftModel(Strict):
    """A question the person may ask at any time: a flow is called and the open question is put again.

    One phrase that stands in the message is enough: its words side by side, small ones between them aside.
    """

    call: str
    entry: str | None = None
    phrases: list[str] = Field(min_length=1)
    moment: bool = False
    """Whether a day or an hour must be said as well: «botox el viernes»."""


class GlobalsModel(Strict):
    """`_globals.yaml`: one per pack."""

    start: Id
    lang: Literal["es", "pt", "en"] = "es"
    team: str | None = None
    region: str = "MX"
    quiet: Duration = 6 * 3600
    words: dict[WordName, WordModel] = {}
    courtesy: list[str] = []
    """A thank-you: never an answer to a question with options, and it does not start the bot again."""
    greetings: list[str] = []
    soft: dict[Id, SoftModel] = {}
    texts: dict[str, str] = {}
