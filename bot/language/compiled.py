"""Flows ready to run: frozen steps with compiled texts and conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.language.model import AnswerModel, ElsewhereModel, OptionsFromModel, SoftModel, VarModel, WordModel
from bot.language.predicate import Predicate
from bot.language.source import Source
from bot.language.template import Template
from bot.language.translation import GlobalsTranslation, Translation
from bot.soft_phrases import Phrase
from bot.understanding.choice import Choices
from core.threads.content import Option


@dataclass(frozen=True, slots=True)
class Value:
    """What a `set`, a `with` or a parameter gives: a template, a literal, or those inside mappings and lists."""

    source: Any
    template: Template | None = None
    items: tuple["Value", ...] | None = None
    fields: tuple[tuple[str, "Value"], ...] | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    latitude: Template
    longitude: Template
    name: Template | None
    address: Template | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """An approved template: its text's holes are its variables, in order; an example of each."""

    name: str
    text: Template
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    id: str
    texts: tuple[Template, ...]
    pin: Pin | None
    file: Template | None
    """One hole, whose value is a file: {type, attachment, filename, mime}."""
    carrier: Carrier | None
    """The approved template that carries the text where free text may no longer be sent."""
    essential: bool
    next: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens when nobody answers for `after` seconds: a nudge, or (`to`) the wait expires."""

    after: int
    nudge: Template | None
    carrier: Carrier | None
    to: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: Template
    short: str | None
    description: Template | None
    aliases: tuple[str, ...]
    to: str | None
    also: tuple[str, ...] = ()
    """Its words in the flow's other languages, which are understood as well."""


@dataclass(frozen=True, slots=True)
class OptionRows:
    """Options out of a list variable."""

    list: str
    id: str
    label: Template
    short: Template | None
    description: Template | None
    model: OptionsFromModel


@dataclass(frozen=True, slots=True)
class Question:
    """An `ask` or a `choose`: where a flow waits for the person. `kind` is the answer's kind (`choice` for choose)."""

    id: str
    kind: str
    text: Template
    again: Template | None
    retry: tuple[Template, ...]
    tries: int
    give_up: str | None
    dues: tuple[Due, ...]
    into: str | None
    label: str | None
    soft: bool
    soft_except: frozenset[str]
    next: str | None
    answer: AnswerModel | None = None
    also: tuple[AnswerModel, ...] = ()
    """The answer in the flow's other languages: their buttons and labels are understood as well."""
    skip: frozenset[str] = frozenset()
    no_to: str | None = None
    no_edits: bool = False
    options: tuple[Choice, ...] = ()
    rows: OptionRows | None = None
    elsewhere: ElsewhereModel | None = None
    choices: Choices | None = None
    """Ready, and so is `shown`, when every option is known beforehand."""
    shown: tuple[Option, ...] = ()
    multi: bool = False
    opener: str | None = None
    carrier: Carrier | None = None
    """The approved template, with the options as its buttons, that carries the question where nothing else may go."""
    prefill: bool = False
    same_chat: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assign:
    id: str
    values: tuple[tuple[str, Value], ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Case:
    when: Predicate | None
    paths: frozenset[str]
    source: Any
    to: str


@dataclass(frozen=True, slots=True)
class Branch:
    id: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Act:
    id: str
    action: str
    arguments: tuple[tuple[str, Value], ...]
    into: str | None
    commit: bool
    outcomes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    flow: str
    entry: str | None
    arguments: tuple[tuple[str, Value], ...]
    outcomes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Handover:
    id: str
    team: str
    summary: tuple[str, ...]
    texts: tuple[Template, ...]
    after_release: str | None
    if_silent: int | None
    waiting: Template | None


@dataclass(frozen=True, slots=True)
class End:
    id: str
    outcome: str
    texts: tuple[Template, ...]
    essential: bool


Step = Say | Question | Assign | Branch | Act | Call | Handover | End


@dataclass(frozen=True, slots=True)
class Flow:
    """One revision of a flow. `canonical` is its JSON, translations included; `revision` the SHA-256 of that, in hex.

    Key order is meaning (it is the default `next`), so `canonical` must be stored as text, not as jsonb.
    """

    name: str
    revision: str
    canonical: str
    lang: str
    start: str
    steps: dict[str, Step]
    vars: dict[str, VarModel]
    """Variables and parameters."""
    params: frozenset[str]
    required: frozenset[str]
    remembered: frozenset[str]
    """Variables of scope contact."""
    entry: dict[str, str]
    outcomes: tuple[str, ...]
    cancel: str | None
    prefills: bool
    """Whether a question takes the parameter `opening`, the message that started the conversation, as its answer."""
    migrate: dict[str, str] | None
    """Old step → new step for conversations that move to this revision; None: nobody moves."""
    source: Source = field(repr=False, compare=False)
    variants: Mapping[str, "Flow"] = field(default_factory=dict, repr=False, compare=False)
    """The same flow in other words, by every tag it does not speak as it is; steps and ids are the same."""
    translations: tuple[Translation, ...] = field(default=(), repr=False, compare=False)
    """The files the variants came from; none for a stored revision."""


SHORTEST_SLIP = 7
"""Letters from which a word of a phrase may be said with a slip in it."""


@dataclass(frozen=True, slots=True)
class Soft:
    id: str
    call: str
    entry: str | None
    phrases: tuple[Phrase, ...]
    sounds: tuple[Phrase, ...]
    """The phrases as they sound, so that «cuanto bale» is one of them."""
    moment: bool = False
    """Heard only where a day or an hour is said as well."""


@dataclass(frozen=True, slots=True)
class Globals:
    """A pack's `_globals.yaml`, compiled: words folded, phrases as word sets."""

    start: str
    lang: str
    team: str | None
    region: str
    quiet: int
    words: dict[str, WordModel]
    by_word: dict[str, str]
    """Folded word → global's name."""
    misspellable: tuple[str, ...]
    """Folded words that count with a slip in them: all but those about leaving for good, which need the word itself."""
    by_sound: dict[str, str]
    """The same words as they sound → global's name."""
    edit_words: tuple[str, ...]
    courtesy: frozenset[str]
    """Squeezed, like `small_talk`."""
    small_talk: frozenset[str]
    """Courtesy and greetings."""
    soft: tuple[Soft, ...]
    long_sounds: tuple[str, ...]
    """Words of those phrases, as they sound, that may have a slip in them."""
    soft_models: dict[str, SoftModel]
    texts: dict[str, dict[str, Template]]
    """The engine's texts and the pack's, by tag: every tag is there, and complete."""
    human_word: dict[str, str]
    """By tag: the word people are told calls a person."""
    source: Source = field(repr=False, compare=False)
    translations: tuple[GlobalsTranslation, ...] = field(default=(), repr=False, compare=False)
