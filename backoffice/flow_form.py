"""A flow as a form: for each step that speaks its texts, the labels of its options, and their translations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backoffice.flow_problems import Trouble
from backoffice.runtime import LIMITS
from bot.language.compiled import Flow, Question
from bot.language.problem import FlowsBroken
from bot.language.readable import Piece, pieces, short_hash
from bot.language.translation import Translation, read_translation
from bot.tooling.drafts import Draft, compiled, translation_file

KINDS = {
    "say": "Dice",
    "ask": "Pregunta",
    "choose": "Ofrece opciones",
    "set": "Anota",
    "branch": "Decide",
    "action": "Hace",
    "call": "Sigue en otro flujo",
    "handover": "Pasa a una persona",
    "end": "Termina",
}
PARTS = {
    "say": "Mensaje",
    "ask": "Pregunta",
    "choose": "Pregunta",
    "again": "La pregunta, cuando se repite",
    "retry": "Si no se entiende la respuesta",
    "label": "Texto de la opción",
    "short": "Texto corto, si no cabe",
    "description": "Descripción",
    "opener": "Botón que abre la lista",
    "nudges": "Recordatorio",
    "yes": "Botón del sí",
    "no": "Botón del no",
    "labels": "Texto de un valor",
    "waiting": "Mientras nadie contesta",
    "template": "Plantilla",
    "options_from": "Opción de la lista",
    "location": "Lugar",
}
_LIMIT = {"opener": "opener", "description": "row_description", "yes": "button_label", "no": "button_label"}


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """`state`: ok, stale (the text changed since) or missing (the flow's language is spoken instead)."""

    language: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class FormText:
    """`key` names it in edits. `limit` is what fits on WhatsApp, None where nothing short is needed."""

    key: str
    name: str
    text: str
    limit: int | None
    translations: tuple[TranslatedText, ...]


@dataclass(frozen=True, slots=True)
class FormOption:
    id: str
    texts: tuple[FormText, ...]


@dataclass(frozen=True, slots=True)
class FormStep:
    """`speaks`: it has texts of its own to edit."""

    id: str
    kind: str
    texts: tuple[FormText, ...]
    options: tuple[FormOption, ...]

    @property
    def speaks(self) -> bool:
        return bool(self.texts or self.options)


@dataclass(frozen=True, slots=True)
class Form:
    """`shared` are the texts of the flow's defaults: reminders. Empty for a draft that does not compile."""

    shared: tuple[FormText, ...]
    steps: tuple[FormStep, ...]


def form_of(draft: Draft) -> Form:
    try:
        flow = compiled(draft)
        translations = [read_translation(text, translation_file(draft.flow, tag)) for tag, text in _ordered(draft)]
    except FlowsBroken:
        return Form((), ())
    data = flow.source.data
    by_step: dict[str, list[Piece]] = {}
    shared: list[FormText] = []
    for piece in pieces(data):
        if piece.path[0] == "steps":
            by_step.setdefault(str(piece.path[1]), []).append(piece)
        elif piece.text is not None and piece.path[0] == "defaults":
            shared.append(_text(piece, piece.key.partition(".")[2], None, translations))
    steps = [_step(flow, step, read, by_step.get(step, []), translations) for step, read in data["steps"].items()]
    return Form(tuple(shared), tuple(steps))


def _ordered(draft: Draft) -> list[tuple[str, str]]:
    order = ("es-vos", "es-usted", "en", "pt", "es")
    return sorted(draft.translations.items(), key=lambda one: order.index(one[0]) if one[0] in order else 9)


def _step(flow: Flow, step: str, read: dict[str, Any], found: list[Piece], translations: list[Translation]) -> FormStep:
    kind = next(one for one in ("handover", "end", *KINDS) if one in read)
    question = flow.steps[step]
    options: dict[str, list[Piece]] = {option: [] for option in read.get("options") or {}}
    texts: list[FormText] = []
    for piece in found:
        if "options" in piece.path[:3]:
            if piece.text is not None:
                options[str(piece.path[3])].append(piece)
        elif piece.text is not None and piece.path[2] != "label":
            part = piece.key.removeprefix(f"steps.{step}.")
            texts.append(_text(piece, part, _limit(part, 0), translations))
    many = isinstance(question, Question) and (len(options) > LIMITS["whatsapp"].buttons or _describes(question))
    shown = [
        FormOption(
            option, tuple(_option(step, option, parts, LIMITS["whatsapp"].row_label if many else 0, translations))
        )
        for option, parts in options.items()
    ]
    return FormStep(step, kind, tuple(texts), tuple(shown))


def _describes(question: Question) -> bool:
    return any(option.description for option in question.options)


def _option(
    step: str, option: str, found: list[Piece], room: int, translations: list[Translation]
) -> Iterator[FormText]:
    """Its label and its short one, which may not be there yet, and its description where it has one."""
    by_part = {str(piece.path[-1]): piece for piece in found}
    if "label" not in by_part:
        return  # nothing but a hole, or a sign
    for part in ("label", "short", "description"):
        piece = by_part.get(part)
        if piece is not None:
            yield _text(piece, part, _limit(part, room), translations)
        elif part == "short":
            yield FormText(f"steps.{step}.{option}.short", PARTS["short"], "", _limit(part, room), ())


def _limit(part: str, room: int) -> int | None:
    limits = LIMITS["whatsapp"]
    head = part.partition(".")[0]
    if head in ("label", "short"):
        return room or limits.button_label
    return getattr(limits, _LIMIT[head]) if head in _LIMIT else None


def _text(piece: Piece, part: str, limit: int | None, translations: list[Translation]) -> FormText:
    head, _, rest = part.partition(".")
    name = PARTS.get(head, head)
    if rest.isdigit():
        name = f"{name} {int(rest) + 1}"
    assert piece.text is not None
    return FormText(piece.key, name, piece.text, limit, tuple(_translated(piece, one) for one in translations))


def _translated(piece: Piece, translation: Translation) -> TranslatedText:
    entry = translation.entries.get(piece.key)
    if entry is None or not entry.text:
        return TranslatedText(translation.tag, "", "missing")
    state = "ok" if entry.of == short_hash(piece.text or "") else "stale"
    return TranslatedText(translation.tag, entry.text, state)


def errors_of(found: list[Trouble]) -> list[Trouble]:
    return [one for one in found if one.blocks]
