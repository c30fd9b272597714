"""Coming in: passwords, limits on guessing, cookies, CSRF, several organizations, keys of programs."""

import httpx
import jwt
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.api.access import CSRF_HEADER, SESSION_COOKIE
from core.organizations.model import Member
from tests.backoffice.clinic import PASSWORD, Clinic, FixedClock, log_in, make_clinic


async def test_the_session_cookie_is_hidden_from_scripts_and_from_other_sites(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    answer = await client.post("/api/login", json={"email": clinic.email("owner"), "password": PASSWORD})
    session, csrf = answer.headers.get_list("set-cookie")
    assert session.startswith("hilo_session=") and "HttpOnly" in session and "SameSite=lax" in session
    assert csrf.startswith("hilo_csrf=") and "HttpOnly" not in csrf
    claims = jwt.decode(client.cookies[SESSION_COOKIE], options={"verify_signature": False})
    assert set(claims) == {"m", "o", "g", "s", "exp"}
    me = (await client.get("/api/me")).json()
    assert me["member"]["role"] == "owner" and "members.write" in me["permissions"]


async def test_five_wrong_passwords_close_the_door_for_a_while(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    for _ in range(5):
        answer = await client.post("/api/login", json={"email": clinic.email("owner"), "password": "no es"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    answer = await client.post("/api/login", json={"email": clinic.email("owner"), "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 901
    assert answer.json()["message"] == "Demasiados intentos de entrar: espera 16 min y vuelve a probar."
    clock.forward(minutes=16)
    await log_in(client, clinic, "owner")


async def test_an_address_that_tries_many_emails_is_stopped_too(client: httpx.AsyncClient, clinic: Clinic) -> None:
    codes = [
        (await client.post("/api/login", json={"email": f"nadie{n}@x.example", "password": "x"})).status_code
        for n in range(21)
    ]
    assert codes == [401] * 20 + [429]


async def test_a_right_password_forgets_the_wrong_ones(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for _ in range(3):
        for _ in range(4):
            await client.post("/api/login", json={"email": clinic.email("owner"), "password": "no es"})
        await log_in(client, clinic, "owner")


async def test_an_unsafe_request_without_the_sessions_own_csrf_token_changes_nothing(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    csrf = await log_in(client, clinic, "owner")
    refused = await client.patch("/api/me", json={"available": False})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    await log_in(client, clinic, "owner")  # another session: the first one's token is not its own
    refused = await client.patch("/api/me", json={"available": False}, headers=csrf)
    assert refused.status_code == 403
    own = {CSRF_HEADER: client.cookies["hilo_csrf"]}
    assert (await client.patch("/api/me", json={"available": False}, headers=own)).json()["member"][
        "available"
    ] is False


async def test_a_changed_password_ends_every_other_session(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await log_in(client, clinic, "closer")
    elsewhere = client.cookies[SESSION_COOKIE]
    csrf = await log_in(client, clinic, "closer")
    wrong = {"current": "no es", "new": "otra clave larga"}
    assert (await client.post("/api/password", json=wrong, headers=csrf)).json()["code"] == "wrong_password"
    short = {"current": PASSWORD, "new": "corta"}
    assert (await client.post("/api/password", json=short, headers=csrf)).status_code == 422
    right = {"current": PASSWORD, "new": "otra clave larga"}
    assert (await client.post("/api/password", json=right, headers=csrf)).status_code == 204
    assert (await client.get("/api/me")).status_code == 200
    client.cookies.set(SESSION_COOKIE, elsewhere, domain="hilo.test", path="/")
    client.cookies.jar.clear()
    client.cookies.set(SESSION_COOKIE, elsewhere)
    assert (await client.get("/api/me")).status_code == 401


async def test_a_deactivated_member_is_out_at_once(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await log_in(client, clinic, "closer")
    async with AsyncSession(clinic.engine) as session:
        await session.execute(update(Member).where(Member.id == clinic.members["closer"]).values(active=False))
        await session.commit()
    assert (await client.get("/api/me")).status_code == 401
    assert (await client.get("/api/me", headers=clinic.as_("closer"))).status_code == 401


async def test_a_session_ends_after_twelve_hours(client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock) -> None:
    await log_in(client, clinic, "owner")
    clock.forward(hours=11.9)
    assert (await client.get("/api/me")).status_code == 200
    clock.forward(hours=0.2)
    assert (await client.get("/api/me")).status_code == 401


async def test_a_cookie_somebody_else_signed_is_worth_nothing(client: httpx.AsyncClient, clinic: Clinic) -> None:
    claims = {"m": "mb_x", "o": "og_x", "g": 1, "s": "x", "exp": 9_999_999_999}
    for forged in (jwt.encode(claims, "x" * 32, "HS256"), jwt.encode(claims, "", "none"), "nada", "é.é.é"):
        answer = await client.get("/api/me", headers={b"cookie": f"{SESSION_COOKIE}={forged}".encode("latin-1")})
        assert answer.status_code == 401


async def test_who_works_in_two_organizations_chooses_one(client: httpx.AsyncClient, clinic: Clinic) -> None:
    other = await make_clinic(clinic.engine, "otra")
    async with AsyncSession(clinic.engine) as session:
        await session.execute(
            text("UPDATE member SET login_id = (SELECT login_id FROM member WHERE id = :one) WHERE id = :other"),
            {"one": clinic.members["closer"], "other": other.members["closer"]},
        )
        await session.commit()
    given = {"email": clinic.email("closer"), "password": PASSWORD}
    answer = await client.post("/api/login", json=given)
    assert (answer.status_code, answer.json()["code"]) == (409, "choose_organization")
    assert {one["name"] for one in answer.json()["details"]["organizations"]} == {"Clínica clinica", "Clínica otra"}
    chosen = other.public("organization", other.organization_id)
    me = (await client.post("/api/login", json={**given, "organization": chosen})).json()
    assert me["organization"]["name"] == "Clínica otra" and len(me["memberships"]) == 2


async def test_a_programs_key_is_shown_once_and_can_be_revoked(client: httpx.AsyncClient, clinic: Clinic) -> None:
    csrf = await log_in(client, clinic, "owner")
    made = (await client.post("/api/tokens", json={"name": "informes"}, headers=csrf)).json()
    assert made["token"].startswith("hilo_")
    listed = (await client.get("/api/tokens")).json()
    assert listed[0]["name"] == "informes" and "token" not in listed[0]
    bearer = {"Authorization": f"Bearer {made['token']}"}
    client.cookies.clear()
    assert (await client.get("/api/me", headers=bearer)).json()["member"]["name"] == "Elena Márquez"
    assert (await client.delete(f"/api/tokens/{made['id']}", headers=bearer)).status_code == 204
    assert (await client.get("/api/me", headers=bearer)).status_code == 401
