"""PostgreSQL and Redis go away in the middle of everything and come back; nothing is lost."""

import asyncio
import os
import socket
import subprocess

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from backoffice.runtime import Runtime
from bot.apply import Happening
from bot.events import Said
from bot.turn import Turns
from core.clock import system_clock
from core.db import create_engine
from core.errors import Transient
from core.threads.away import is_away
from core.threads.content import Text
from core.threads.spine import Question
from tests.spine.clinic import Forge, clinic_running, postgres_server
from tests.spine.people import SCRIPT, Walker, without_repeats
from tests.spine.posts import post, said

REDIS = os.environ.get("HILO_TEST_REDIS_URL", "redis://127.0.0.1:6379/13")


def _redis_listens() -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", 6379)) == 0


async def test_a_turn_while_nobody_answers_at_the_database_must_come_again_and_is_no_dead_letter(
    still: Runtime,
) -> None:
    nowhere = create_engine("postgresql://hilo@/hilo?host=/nowhere", "hilo_spine", autocommit=True)
    turns = Turns(nowhere, still.conversing, system_clock, lambda _taken: None)
    running = asyncio.create_task(turns.run())
    happening = Happening("nowhere/1", Said(Text("hola")), system_clock())
    with pytest.raises(Transient):
        await asyncio.wait_for(turns.take(Question("nowhere/1", 1, thread_id=1), happening), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


PASSING = ("08006", "40P01", "53300", "57P01", "57014", "25006")
LASTING = ("54000", "23505", "22021", "42601")


@pytest.mark.parametrize("code", PASSING + LASTING)
def test_what_passes_is_told_from_what_lasts_by_the_servers_code(code: str) -> None:
    error = psycopg.errors.lookup(code)("no")
    wrapped = DBAPIError("SELECT", {}, error)
    assert (is_away(error), is_away(wrapped)) == (code in PASSING, code in PASSING)


async def test_postgresql_killed_and_started_again_loses_nothing(forge: Forge) -> None:
    with postgres_server() as server:
        async with clinic_running(forge, server.url, workers=1) as clinic:
            people = [Walker(clinic, kind, patience=60) for kind in ("whatsapp", "telegram") for _ in range(3)]  # type: ignore[arg-type]
            for walker in people:
                await walker.say("hola")
                await walker.answered(2)
            for n in range(3):
                saying = [asyncio.create_task(walker.say("menú")) for walker in people]
                await asyncio.sleep(0.02 * n)
                server.kill()
                answer = await post(clinic, said(people[0].id, "¿sigues ahí?"))
                assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
                await asyncio.gather(*saying)
                await asyncio.sleep(0.5)
                server.start()
                await clinic.ready()
                await clinic.settled()
            assert await clinic.rows("SELECT reason FROM dead_letter") == []
            for walker in people:
                assert await walker.heard() == ["hola", "menú", "menú", "menú"]
                rows = await walker.outbox()
                assert {row["state"] for row in rows} == {"sent"}
                repeats = len(await walker.received()) - len(rows)
                assert 0 <= repeats <= sum(row["unknowns"] for row in rows)


async def test_redis_killed_for_good_loses_nothing(
    forge: Forge, database_url: str, own_redis: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    url, process = own_redis
    async with clinic_running(forge, database_url, workers=1, HILO_REDIS_URL=url) as clinic:
        walkers = [Walker(clinic, "whatsapp"), Walker(clinic, "telegram")]
        walking = [asyncio.create_task(walker.walk()) for walker in walkers]
        await asyncio.sleep(1.5)
        process.kill()
        await asyncio.gather(*walking)
        for walker in walkers:
            assert await walker.heard() == walker.said
            received = await walker.received()
            assert received == without_repeats(received)
            assert len(received) > sum(answers for _, _, answers in SCRIPT)


@pytest.mark.skipif(not _redis_listens(), reason="there is no Redis at 127.0.0.1:6379")
async def test_two_processes_share_the_buckets_of_redis(forge: Forge, database_url: str) -> None:
    async with clinic_running(forge, database_url, workers=1, HILO_REDIS_URL=REDIS) as clinic:
        walkers = [Walker(clinic, "whatsapp"), Walker(clinic, "telegram")]
        await asyncio.gather(*(walker.walk() for walker in walkers))
        for walker in walkers:
            assert await walker.heard() == walker.said
