"""The inbox under load: fifty pages open while a hundred messages a second come in; lists of 100,000 threads.

Figures of one machine; the server, the load and the pages share its processors. Prints them beside the goals.
"""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import orjson
import psycopg

from backoffice.scratch import scratch_database
from backoffice.seed import OWNER, PASSWORD
from core.migrations import upgrade
from core.public_id import PublicIds
from tests.bench.__main__ import SECONDS, SECRET, Server, hilo, listening, prepare, warm
from tests.bench.load import Measured, People, open_loop
from tests.bench.talk import whatsapp_post

PAGES, RATE, PEOPLE, THREADS = 50, 100.0, 500, 100_000

FILL = """
WITH people AS (
    INSERT INTO contact (organization_id, name, phone)
    SELECT o.id, (ARRAY['Ana','Luis','María José','Óscar','Lucía','Íñigo','Sofía','Renata'])[1 + n % 8] || ' '
                 || (ARRAY['Pérez','Núñez','Ríos','Vargas','Ibáñez','Quispe','Souza'])[1 + (n / 8) % 7] || ' ' || n,
           '+5731' || lpad(n::text, 8, '0')
    FROM organization o, generate_series(1, {threads}) n RETURNING id, organization_id
), threads AS (
    INSERT INTO thread (organization_id, contact_id, state, last_at, last_text, last_author, last_seq, unread)
    SELECT organization_id, id, (ARRAY['bot','open','waiting','snoozed','resolved'])[1 + id % 5],
           now() - id * interval '30 seconds', 'hola, quiero saber el precio', 'contact', 1, (id % 3)::int
    FROM people RETURNING id, organization_id, last_at
)
INSERT INTO message (organization_id, thread_id, seq, direction, author, content, text, at)
SELECT organization_id, id, 1, 'in', 'contact', '{{"kind": "text", "text": "x"}}',
       (ARRAY['hola, quiero saber el precio del bótox','buenas, ¿tienen cita el sábado?','me duele la rodilla'])[1 + id % 3], last_at
FROM threads
"""  # noqa: E501


async def come_in(port: int) -> str:
    """The cookie of a session."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as browser:
        (await browser.post("/api/login", json={"email": OWNER, "password": PASSWORD})).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def look(port: int, cookie: str, seen: list[tuple[str, float]]) -> None:
    """A page's stream, until cancelled: which thread was told of, and when."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET /live HTTP/1.1\r\nHost: hilo\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    kind = b""
    try:
        async for line in reader:
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            elif line.startswith(b"data: ") and kind == b"thread":
                seen.append((orjson.loads(line[6:])["id"], time.perf_counter()))
    finally:
        writer.close()


def public_threads(url: str) -> Mapping[str, str]:
    """The person's number → the thread's public id."""
    ids = PublicIds(SECRET)
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute("SELECT i.value, t.id FROM identity i JOIN thread t USING (contact_id)").fetchall()
    return {value: ids.encode("thread", thread_id) for value, thread_id in rows}


async def live(under_test: Server, url: str) -> None:
    people = People(whatsapp_post, PEOPLE)
    await warm(under_test.port, people)
    await asyncio.sleep(3)
    threads, cookie = public_threads(url), await come_in(under_test.port)
    seen: list[list[tuple[str, float]]] = [[] for _ in range(PAGES)]
    looking = [asyncio.create_task(look(under_test.port, cookie, one)) for one in seen]
    await asyncio.sleep(2)
    before, sent = under_test.resident(), list[tuple[str, float]]()
    for one in seen:
        one.clear()
    await open_loop(
        under_test.port, people, rate=RATE, seconds=SECONDS, on_sent=lambda person, at: sent.append((person, at))
    )
    await asyncio.sleep(2)
    delays, lost = Measured(1.0), 0
    for told in seen:
        by_thread: dict[str, list[float]] = {}
        for thread, at in told:
            by_thread.setdefault(thread, []).append(at)
        for person, at in sent:
            first = min((one for one in by_thread.get(threads[person], ()) if one > at), default=None)
            lost += first is None
            if first is not None:
                delays.latencies.append(first - at)
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    print(
        f"{PAGES} pages, {RATE:.0f} messages/s: from the webhook to a page p50 {delays.quantile(0.5):.0f} ms, "
        f"p95 {delays.quantile(0.95):.0f} ms, p99 {delays.quantile(0.99):.0f} ms; lost {lost} of {len(sent) * PAGES}; "
        f"{before:.0f} → {under_test.resident():.0f} MB   (goals: p95 ≤ 500 ms, none lost, memory flat)",
        flush=True,
    )


async def lists(under_test: Server, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL.format(threads=THREADS).encode())
        connection.execute("VACUUM ANALYZE")
    cookie = await come_in(under_test.port)
    goals = {"/inbox/list?view=open": 50, "/inbox/list?view=mine": 50, "/inbox/list?view=all": 50, "/inbox/counts": 150}
    for words in ("núñez 777", "sofia ibanez", "rodilla", "sábado", "57310000", "rodila", "nuñes"):
        goals[f"/inbox/list?view=open&search={quote(words)}"] = 150
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{under_test.port}", trust_env=False, timeout=60) as http:
        for path, goal in goals.items():
            measured = Measured(1.0)
            for _ in range(25):
                began = time.perf_counter()
                (await http.get(path, headers={"Cookie": cookie})).raise_for_status()
                measured.latencies.append(time.perf_counter() - began)
                if path == "/inbox/counts":
                    await asyncio.sleep(2.1)  # counted anew, not out of the kept
                    if len(measured.latencies) > 4:
                        break
            shown = f"p50 {measured.quantile(0.5):6.1f} ms   p95 {measured.quantile(0.95):6.1f} ms"
            print(f"{path:<52} {shown}   (goal p95 ≤ {goal} ms)", flush=True)


async def main() -> None:
    heard: dict[str, list[float]] = {}
    with scratch_database(durable=True) as url:
        async with listening(heard) as sink:
            upgrade(url)
            await prepare(url, sink)
            with hilo(url, deliver=True) as under_test:
                await live(under_test, url)
                await lists(under_test, url)


if __name__ == "__main__":
    asyncio.run(main())
