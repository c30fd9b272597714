"""Files people send are fetched after the turn by a job, checked by their bytes, and kept, or the reason is."""

import asyncio
import signal
import struct
import zlib

from tests.spine.clinic import BOT, NUMBER, Clinic, Forge, clinic_running

PERSON = "573009990001"


def _png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = zlib.compress(bytes(4))
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


async def _send_files(clinic: Clinic) -> None:
    emulator = clinic.emulator
    await emulator.person("whatsapp", PERSON, NUMBER, name="Caro")
    await emulator.person("telegram", 900001, BOT, name="Andrés")
    picture = await emulator.upload("whatsapp", _png(), "image/png", "foto.png")
    await emulator.act("whatsapp", PERSON, type="image", media_id=picture, caption="así estoy hoy")
    liar = await emulator.upload("whatsapp", b"MZ\x90\0" * 200, "image/jpeg", "foto.jpg")
    await emulator.act("whatsapp", PERSON, type="image", media_id=liar)
    picture = await emulator.upload("telegram", _png(), "image/png", "foto.png")
    await emulator.act("telegram", 900001, type="photo", media_id=picture)


async def _kept(clinic: Clinic) -> None:
    await clinic.until(
        "SELECT count(*) = 3 AND bool_and(content ? 'attachment' OR content ? 'problem') FROM message "
        "WHERE content ->> 'kind' = 'media'",
        within=40,
    )
    rows = await clinic.rows(
        "SELECT m.content ->> 'problem' AS problem, m.text, a.body FROM message m "
        "LEFT JOIN attachment a ON a.id = (m.content ->> 'attachment')::bigint "
        "WHERE m.content ->> 'kind' = 'media' ORDER BY m.id"
    )
    assert sorted((row["problem"] or "", row["text"], bytes(row["body"] or b"")) for row in rows) == [
        ("", "", _png()),
        ("", "así estoy hoy", _png()),
        ("wrong_type", "", b""),
    ]


async def test_without_redis_the_web_process_fetches_files(forge: Forge, database_url: str) -> None:
    async with clinic_running(forge, database_url) as clinic:
        await _send_files(clinic)
        await _kept(clinic)


async def test_with_redis_the_jobs_process_fetches_them(
    forge: Forge,
    database_url: str,
    own_redis: tuple[str, object],
) -> None:
    url, _ = own_redis
    async with clinic_running(forge, database_url, HILO_REDIS_URL=url) as clinic:
        await _send_files(clinic)
        await asyncio.sleep(1)
        waiting = "SELECT count(*) FROM message WHERE content ->> 'kind' = 'media' AND NOT content ? 'attachment'"
        assert await clinic.value(waiting) == 3, "nobody works the jobs yet"
        jobs = forge.start("jobs", ["jobs"], clinic.environment)
        try:
            await _kept(clinic)
        finally:
            jobs.send(signal.SIGTERM)
            assert await jobs.ended(15)
