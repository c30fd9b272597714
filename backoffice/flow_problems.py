"""What the linter found, told to an owner: which step, what is wrong and what to do, in Spanish."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backoffice.flow_templates import template_problems
from backoffice.runtime import LIMITS
from bot.language.library import Library, make_library
from bot.language.problem import FlowsBroken, Problem
from bot.language.source import Source, read_yaml
from bot.lint import lint
from bot.tooling.drafts import Draft, compiled, flow_file, translation_file

WARNINGS = frozenset({"stale", "untranslated", "gone", "template-text"})
"""What may be published nevertheless: translations that lag behind, words the provider has yet to approve."""

_SAID = {
    "alias": ("Se usa un alias de YAML.", "Escribe el valor completo."),
    "alias-collision": ("Dos palabras se confunden", "Cambia una de las dos."),
    "bounds": ("Ningún valor cabe entre el mínimo y el máximo.", "Intercambia «min» y «max»."),
    "call-circle": ("El flujo vuelve a llamarse a sí mismo", "Termínalo y deja que siga quien lo llamó."),
    "case": ("Una rama no se entiende.", "Escríbela como {when: {…}, to: paso} o {else: paso}."),
    "condition": ("Una condición no se entiende", "Escríbela como {variable: {lt: 18}}."),
    "depth": ("Hay demasiados niveles.", "Simplifica esta parte."),
    "duplicate": ("Algo está dos veces", "Deja uno solo."),
    "empty": ("Hay un texto vacío.", "Escribe lo que verá la persona."),
    "endless": ("Los pasos dan vueltas sin esperar a nadie", "Pon una pregunta en el camino."),
    "filter": ("Un filtro no sirve para ese valor", "Quita el filtro."),
    "flow-name": ("El nombre del flujo cambió", "Deja «flow:» como estaba."),
    "key": ("Una clave no es texto.", "Usa una palabra simple."),
    "late-nudge": ("Un recordatorio llega cuando la espera ya terminó.", "Envíalo antes, o espera más."),
    "long-label": ("Una opción es demasiado larga para el botón", "Acórtala, o dale una etiqueta corta."),
    "migrate": ("Quien está en la versión anterior no puede pasar a esta", "Revisa «migrate»."),
    "missing-argument": ("A una acción le falta un dato", "Agrégalo en «with:»."),
    "missing-entry": ("No existe esa entrada", "Usa una de las que tiene el flujo."),
    "missing-flow": ("No existe ese flujo", "Usa el nombre de un flujo que exista."),
    "missing-key": ("Falta algo", "Agrégalo."),
    "missing-outcome": ("Falta decir qué pasa con un resultado", "Agrégalo en «outcomes:»."),
    "missing-param": ("Falta un dato que este flujo necesita", "Hazlo opcional, o dáselo."),
    "missing-soft": ("No existe esa pregunta frecuente", "Usa una de las que existen."),
    "missing-target": ("Se va a un paso que no existe", "Pon el nombre de un paso de este flujo."),
    "never-holds": ("Una condición no se cumple nunca", "Compárala con un valor posible."),
    "no-else": ("A una rama le falta el caso final", "Termínala con «else»."),
    "no-end": ("Desde aquí no se llega a ningún final", "Llévalo a un paso que termine."),
    "no-expire": ("La pregunta espera para siempre", "Agrega «expire:»."),
    "no-give-up": ("Quien no se hace entender no tiene salida", "Agrega «give_up:»."),
    "no-list": ("Eso no es una lista", "Usa una lista que haya llenado una acción."),
    "no-next": ("Después de este paso no viene nada", "Agrega «next:», o un final."),
    "outcome": ("Un final no coincide con los del flujo", "Ponlo en «outcomes:», o quítalo."),
    "phrase-collision": ("Una frase se entiende siempre como otra", "Quítala, o ponla antes."),
    "prefill": ("Falta el parámetro «opening»", "Agrégalo en «params:»."),
    "privacy": ("Se pide un dato sensible sin mostrar antes el aviso de privacidad", "Di {org.privacy_url} antes."),
    "step-kind": ("Un paso debe ser de un solo tipo", "Deja uno de los tipos, o corrige su nombre."),
    "tag": ("Se usa una etiqueta de YAML.", "Quítala."),
    "template": (
        "Un texto tiene una llave o un filtro que no se entiende",
        "Escríbelo como {nombre} o {nombre|first}.",
    ),
    "template-holes": (
        "La plantilla aprobada lleva otros datos o botones",
        "Déjalos, o dale otro nombre a la plantilla.",
    ),
    "template-text": (
        "Este texto va también en una plantilla de WhatsApp",
        "Pide que la aprueben con el texto nuevo: hasta entonces, pasadas 24 horas sale el anterior.",
    ),
    "too-long": ("El texto es demasiado largo para el canal", "Acórtalo, o divídelo en varios mensajes."),
    "too-many-options": ("Hay demasiadas opciones para botones", "Ofrece menos."),
    "type": ("Una variable recibe un valor de otro tipo", "Cambia su tipo."),
    "undefined": ("Se usa algo que no existe", "Revisa el nombre: debe ser una variable del flujo o un dato conocido."),
    "unknown-action": ("No existe esa acción", "Usa una de las que hay."),
    "unknown-argument": ("Se da un dato que nadie pide", "Quítalo, o corrige su nombre."),
    "unknown-field": ("Esa variable no tiene ese campo", "Usa uno de los que tiene."),
    "unknown-hole": ("La traducción usa algo que el texto no tiene", "Usa sólo las llaves del texto original."),
    "unknown-key": ("Hay una palabra que no se conoce aquí", "Corrígela, o quítala."),
    "unknown-outcome": ("Ese resultado no ocurre nunca", "Quítalo, o corrige su nombre."),
    "unreachable": ("A este paso no lleva ningún camino", "Llévalo desde otro paso, o quítalo."),
    "unset": ("Un texto usa un valor que puede faltar", "Escríbelo con |or:'…', o pregúntalo antes."),
    "value": ("Un valor no es lo que aquí se espera", "Corrígelo."),
    "window": ("Se enviaría cuando el canal ya no lo permite", "Envíalo antes, o usa una plantilla."),
    "yaml": ("El texto no es YAML válido", "Revisa la sangría y las comillas."),
    "gone": ("Se traduce un texto que ya no existe.", "Se puede quitar de la traducción."),
    "stale": ("El texto cambió después de traducirse.", "Revisa la traducción: por ahora se dice la anterior."),
    "untranslated": ("Falta una traducción.", "Mientras tanto se dice en el idioma del flujo."),
}
_NAMED = re.compile(r"'([^']+)'|(\{[^{}]+\})|(\d+ characters)")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`line` counts from 1 in the flow's YAML, or in the translation's to `language`; 0: nowhere in it. `original`
    is the linter's own sentence."""

    step: str | None
    language: str | None
    line: int
    code: str
    message: str
    fix: str
    original: str
    blocks: bool


def troubles(draft: Draft, library: Library, pack: Library) -> list[Trouble]:
    """What the linter says of the library with the draft in the place of its flow, what blocks publishing first.

    `pack` is as it came, whose message templates are approved.
    """
    try:
        flow = compiled(draft)
        flows = [flow if one.name == draft.flow else one for one in library.flows.values()]
        found = lint(make_library(flows, library.globals), LIMITS.values())
        found += template_problems(flow, pack.flows[draft.flow])
    except FlowsBroken as broken:
        found = broken.problems
    return in_spanish(draft, found)


def in_spanish(draft: Draft, problems: Iterable[Problem]) -> list[Trouble]:
    sources: dict[str, tuple[str | None, Source | None]] = {flow_file(draft.flow): (None, _source(draft.source))}
    for tag, text in draft.translations.items():
        sources[translation_file(draft.flow, tag)] = (tag, _source(text))
    told = [_trouble(one, *sources.get(one.file, (None, None))) for one in problems]
    return sorted(told, key=lambda one: not one.blocks)


def _source(text: str) -> Source | None:
    try:
        return read_yaml(text, "")
    except FlowsBroken:
        return None


def _trouble(problem: Problem, language: str | None, source: Source | None) -> Trouble:
    message, fix = _SAID.get(problem.code, ("Algo no está bien", "Revisa esta parte."))
    named = ["".join(groups).replace("characters", "caracteres") for groups in _NAMED.findall(problem.message)]
    if named and not message.endswith("."):
        message = f"{message}: {', '.join(f'«{name}»' for name in named[:3])}."
    elif not message.endswith("."):
        message += "."
    line = problem.line if source is not None or problem.code == "yaml" else 0
    step = step_at(source, problem.line, problem.column) if source is not None else None
    blocks = problem.code not in WARNINGS
    return Trouble(step, language, line, problem.code, message, fix, f"{problem.message}. {problem.fix}", blocks)


def step_at(source: Source, line: int, column: int) -> str | None:
    """The step that stands at a line of a flow or of a translation."""
    steps = [(place, path[1]) for path, place in source.places.items() if len(path) == 2 and path[0] == "steps"]
    before: Sequence[tuple[tuple[int, int], str | int]] = [one for one in steps if one[0] <= (line, column)]
    return str(max(before)[1]) if before else None
