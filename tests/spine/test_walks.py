"""What the pure step promises holds with real commits: each event is taken once, whatever comes twice or at once."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.runtime import load_packs
from backoffice.settings import Settings
from bot import event_json
from bot.effects import Send
from bot.events import Said
from bot.facts import Facts
from bot.state import State, from_json
from bot.tooling import replay
from core.clock import system_clock
from core.organizations.queries import organization_facts
from core.threads.content import plain_text
from tests.spine.clinic import Clinic
from tests.spine.people import Walker
from tests.spine.posts import new_id, post, said

WORDS = ["hola", "Ana López", "botox", "bótxo", "34", "sí", "no", "¿cuánto cuesta?", "volver", "menú", "cambiar nombre",
         "gracias", "zxqw", "1", "este mes", "omitir", "cancelar", "depilación", "precios", "2"]  # fmt: skip


def standing_of(state: State) -> Any:
    """All of a state that does not depend on the second it was made in."""
    frames = [
        (one.flow, one.step, dict(one.vars), one.wait and (one.wait.token, one.wait.tries, one.wait.offer))
        for one in state.stack
    ]
    trail = [(one.depth, one.step, one.token, one.value) for one in state.trail]
    return frames, trail, dict(state.memory), state.seq, state.handed, state.committed


async def played_again(clinic: Clinic, thread: int, number: str) -> tuple[list[str], State, int]:
    """What the thread heard, where the pure step stands after its stored events, and how much it said."""
    rows = await clinic.rows(
        "SELECT kind, event, state, at FROM inbound WHERE thread_id = %s AND state IS NOT NULL ORDER BY id", thread
    )
    events = [(row["at"], row["state"], event_json.from_json(row["kind"], row["event"])) for row in rows]
    async with AsyncSession(clinic.engine) as session:
        known = await organization_facts(session, clinic.organization_id, system_clock())
    library = load_packs(Settings(_env_file=None).flows_dir)[known.pack]
    results = replay(library, Facts(known.facts, {"name": "Ana", "phone": number}), events)
    heard = [plain_text(event.content) for _, _, event in events if isinstance(event, Said)]
    sends = sum(isinstance(effect, Send) for result in results for effect in result.effects)
    return heard, results[-1].state, sends


@pytest.mark.parametrize("seed", range(2))
async def test_two_messages_at_once_each_delivered_twice_are_both_taken_once_in_some_order(
    clinic: Clinic, seed: int
) -> None:
    dice = random.Random(seed)
    people = [Walker(clinic, "whatsapp") for _ in range(3)]
    told: dict[str, list[str]] = {person.id: ["hola"] for person in people}
    await asyncio.gather(*(post(clinic, said(person.id, "hola")) for person in people))
    for _ in range(8):
        posts = []
        for person in people:
            pair = dice.sample(WORDS, 2)
            told[person.id] += pair
            bodies = [said(person.id, word, ids=[new_id()]) for word in pair]
            posts += [post(clinic, body) for body in bodies for _ in range(2)]
        dice.shuffle(posts)
        answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} == {200}
    await clinic.settled()
    for person in people:
        thread = await person.thread_id()
        heard, state, sends = await played_again(clinic, thread, person.id)
        assert sorted(heard) == sorted(told[person.id]), "none lost, none twice"
        session = await clinic.value("SELECT session FROM thread WHERE id = %s", thread)
        assert standing_of(from_json(session)) == standing_of(state), "each event was taken once, in its order"
        bot = "SELECT count(*) FROM message WHERE thread_id = %s AND author = 'bot' AND direction = 'out'"
        assert await clinic.value(bot, thread) == sends, "everything said was said once"
