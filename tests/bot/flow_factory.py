"""Small packs for tests, and talking to them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.effects import Effect, HandOver, RunAction, Send, SetTimer
from bot.events import ActionDone, Event, Said
from bot.facts import Facts
from bot.language import Library, make_library, read_flow, read_globals
from bot.state import State, from_json, to_json
from bot.step import step
from core.threads.content import Content, Prompt, Reply, Text, plain_text

NOW = datetime(2026, 3, 11, 10, 20, tzinfo=UTC)

GLOBALS = """
start: inicio
team: recepcion
quiet: 6h
words:
  opt_out: {words: [baja, stop], flow: baja, action: consent.opt_out}
  opt_in: {words: [alta], flow: baja, entry: alta}
  human: {words: [asesora, humano], flow: humano}
  menu: {words: [menu], entry: menu}
  back: {words: [volver, atras]}
  cancel: {words: [cancelar]}
  help: {words: [ayuda]}
  edit: {words: [cambiar]}
courtesy: [gracias, ok]
greetings: [hola]
soft:
  precios: {call: precios, phrases: [precio, "cuanto cuesta"]}
"""

HUMAN = """
flow: humano
start: pasar
steps:
  pasar: {handover: recepcion, say: "Te paso con alguien.", resume: {after_release: fin, if_silent: 30m}}
  fin: {end: atendida}
"""

OPT_OUT = """
flow: baja
start: retirar
entry: {alta: dar}
steps:
  retirar: {action: consent.opt_out, commit: true, outcomes: {ok: retirado, error: retirado}}
  retirado: {end: baja, say: "No te escribimos más.", essential: true}
  dar: {action: consent.opt_in, outcomes: {ok: dado, error: dado}}
  dado: {end: alta, say: "De vuelta."}
"""

PRICES = """
flow: precios
start: decir
steps:
  decir: {say: "Desde $900."}
  fin: {end: respondida}
"""

LEAD = """
flow: inicio
start: saludo
entry: {menu: servicio}
vars:
  nombre: {type: name, label: Nombre, scope: contact}
  servicio: {type: choice, label: Servicio}
  edad: {type: number, label: Edad}
  salud: {type: yes_no, label: Salud, sensitive: health}
defaults:
  tries: 3
  give_up: pasar
  nudges: {20m: "¿Sigues ahí?", 2h: "Aquí sigo."}
  expire: {after: 20h, to: callado}
steps:
  saludo: {say: "Hola de {org.name}. {org.privacy_url}"}
  nombre: {ask: "¿Nombre?", as: {type: name}, into: nombre}
  servicio:
    choose: "¿Qué te interesa, {nombre|first|or:'hola'}?"
    again: "¿Qué te interesa?"
    into: servicio
    options:
      botox: {label: Botox, aliases: [toxina]}
      laser: {label: "Depilación láser"}
      facial: {label: "Limpieza facial"}
  edad:
    ask: "¿Edad?"
    as: {type: number, min: 10, max: 99, integer: true}
    into: edad
    retry: ["Con números, porfa.", "Un número de dos cifras."]
  salud: {ask: "¿Embarazo?", as: {type: yes_no}, into: salud}
  guardar:
    action: leads.capture
    with: {name: "{nombre}", interest: "{servicio}", answers: {edad: "{edad}"}}
    commit: true
    outcomes: {ok: fin, error: pasar}
  fin: {end: listo, say: "Gracias, {nombre|first}: {servicio|label}."}
  callado: {end: callado}
  pasar: {handover: ventas, summary: [nombre, servicio, edad], resume: {after_release: fin_corto}}
  fin_corto: {end: atendida}
"""


def pack(*flows: str, words: str = GLOBALS) -> Library:
    """A library of these flows and the small ones the global words name."""
    own = [read_flow(text, f"{index}.flow.yaml") for index, text in enumerate(flows)]
    names = {flow.name for flow in own}
    others = [read_flow(text) for text in (HUMAN, OPT_OUT, PRICES)]
    return make_library([*own, *(flow for flow in others if flow.name not in names)], read_globals(words))


class Talk:
    """A conversation with a pack; every state goes through its JSON."""

    def __init__(self, library: Library | None = None, channel: str = "whatsapp", **contact: Any) -> None:
        self.library = library or pack(LEAD)
        org = {"name": "Lumina", "privacy_url": "https://l.example/p", "country": "MX"}
        self.facts = Facts(org, contact, channel)
        self.state: State | None = None
        self.now = NOW
        self.effects: list[Effect] = []
        self.prompts: list[Prompt] = []
        self.changed = False

    def feed(self, event: Event) -> list[str]:
        """What the bot says to it, as text. An action's result has to be fed by itself."""
        result = step(self.library, self.facts, self.state, event, self.now)
        self.changed = result.state is not self.state
        self.effects = list(result.effects)
        self.state = from_json(to_json(result.state))
        self.prompts += [content for content in self.contents if isinstance(content, Prompt)]
        return self.texts

    def say(self, *texts: str) -> list[str]:
        """What the bot answers to the last of these."""
        for text in texts:
            self.feed(Said(Text(text)))
        return self.texts

    def send(self, content: Content) -> list[str]:
        return self.feed(Said(content))

    def tap(self, option: str, prompt: int = -1) -> list[str]:
        return self.send(Reply(f"{self.prompts[prompt].token}:{option}", option))

    def done(self, outcome: str, **value: Any) -> list[str]:
        """The action under way ends so."""
        run = next(effect for effect in self.effects if isinstance(effect, RunAction))
        return self.feed(ActionDone(run.key, outcome, value))

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    @property
    def contents(self) -> Sequence[Content]:
        return [effect.content for effect in self.effects if isinstance(effect, Send)]

    @property
    def texts(self) -> list[str]:
        return [plain_text(content) for content in self.contents]

    @property
    def timer(self) -> SetTimer:
        return next(effect for effect in self.effects if isinstance(effect, SetTimer))

    @property
    def handover(self) -> HandOver | None:
        return next((effect for effect in self.effects if isinstance(effect, HandOver)), None)

    @property
    def vars(self) -> dict[str, Any]:
        """Every variable with a value, the lowest frame's first."""
        assert self.state is not None
        found: dict[str, Any] = {}
        for frame in self.state.stack:
            found |= dict(frame.vars)
        return {**found, **self.state.memory}

    @property
    def at(self) -> str:
        assert self.state is not None
        return f"{self.state.stack[-1].flow}.{self.state.stack[-1].step}" if self.state.stack else "nothing"
