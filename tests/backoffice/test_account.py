"""My account: where I am in, the second factor, and links that let somebody choose a password."""

import httpx
import pyotp

from backoffice.api.access import CSRF_COOKIE, CSRF_HEADER
from tests.backoffice.clinic import PASSWORD, Clinic, FixedClock, log_in

NEW = "otra clave bien larga"


async def enter(client: httpx.AsyncClient, email: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
    return await client.post("/api/login", json={"email": email, "password": password, "code": code})


async def test_a_browser_is_listed_and_can_be_thrown_out(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await log_in(client, clinic, "owner")
    elsewhere = dict(client.cookies)
    client.cookies.clear()
    csrf = await log_in(client, clinic, "owner")
    here, there = (await client.get("/api/sessions")).json()
    assert (here["current"], there["current"]) == (True, False)
    assert (await client.delete(f"/api/sessions/{there['id']}", headers=csrf)).status_code == 204
    assert (await client.get("/api/me")).status_code == 200
    client.cookies.clear()
    for name, value in elsewhere.items():
        client.cookies.set(name, value)
    assert (await client.get("/api/me")).status_code == 401


async def test_who_leaves_is_out_even_with_the_cookie_kept(client: httpx.AsyncClient, clinic: Clinic) -> None:
    csrf = await log_in(client, clinic, "owner")
    kept = dict(client.cookies)
    await client.post("/api/logout", headers=csrf)
    for name, value in kept.items():
        client.cookies.set(name, value)
    assert (await client.get("/api/me")).status_code == 401


async def test_nobody_throws_out_somebody_elses_browser(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await log_in(client, clinic, "manager")
    (manager,) = (await client.get("/api/sessions")).json()
    client.cookies.clear()
    csrf = await log_in(client, clinic, "owner")
    assert (await client.delete(f"/api/sessions/{manager['id']}", headers=csrf)).status_code == 404


async def test_with_a_second_factor_the_password_alone_does_not_let_in(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    csrf = await log_in(client, clinic, "owner")
    begun = (await client.post("/api/second-factor", headers=csrf)).json()
    assert begun["address"].startswith("otpauth://totp/Hilo:") and begun["picture"].startswith("data:image/svg+xml")
    app = pyotp.TOTP(begun["secret"])
    wrong = {"secret": begun["secret"], "code": "000000"}
    assert (await client.post("/api/second-factor/confirm", json=wrong, headers=csrf)).status_code == 409
    right = {"secret": begun["secret"], "code": app.at(clock())}
    codes = (await client.post("/api/second-factor/confirm", json=right, headers=csrf)).json()["codes"]
    assert len(set(codes)) == 10
    email = clinic.email("owner")
    asked = await enter(client, email)
    assert (asked.status_code, asked.json()["code"]) == (409, "second_factor")
    again = await enter(client, email, code=app.at(clock()))
    assert again.status_code == 409, "a code is taken once"
    clock.forward(seconds=30)
    assert (await enter(client, email, code=app.at(clock()))).status_code == 200
    assert (await enter(client, email, code=codes[0])).status_code == 200
    assert (await enter(client, email, code=codes[0])).status_code == 409
    csrf = {CSRF_HEADER: client.cookies[CSRF_COOKIE]}
    assert (await client.get("/api/second-factor")).json() == {"on": True, "recovery_codes_left": 9}
    assert (await client.post("/api/second-factor/end", json={"password": "no"}, headers=csrf)).status_code == 409
    assert (await client.post("/api/second-factor/end", json={"password": PASSWORD}, headers=csrf)).status_code == 204
    assert (await enter(client, email)).status_code == 200


async def test_guesses_of_the_code_are_counted_like_those_of_the_password(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    csrf = await log_in(client, clinic, "owner")
    secret = (await client.post("/api/second-factor", headers=csrf)).json()["secret"]
    given = {"secret": secret, "code": pyotp.TOTP(secret).at(clock())}
    await client.post("/api/second-factor/confirm", json=given, headers=csrf)
    statuses = [(await enter(client, clinic.email("owner"), code="123456")).status_code for _ in range(6)]
    assert statuses == [409] * 5 + [429]


async def test_somebody_invited_chooses_their_password_once(client: httpx.AsyncClient, clinic: Clinic) -> None:
    given = {"email": "nueva@clinica.example", "name": "Nueva", "role": "receptionist"}
    made = (await client.post("/api/members", json=given, headers=clinic.as_("owner"))).json()
    page, _, token = made["link"].partition("#")
    assert page.endswith("/join") and len(token) > 30
    chosen = {"token": token, "password": NEW}
    assert (await client.post("/api/password-link", json=chosen)).status_code == 204
    assert (await enter(client, "nueva@clinica.example", NEW)).status_code == 200
    client.cookies.clear()
    again = await client.post("/api/password-link", json=chosen)
    assert (again.status_code, again.json()["code"]) == (409, "link")


async def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    await log_in(client, clinic, "closer")
    member = clinic.public("member", clinic.members["closer"])
    path = f"/api/members/{member}/password-link"
    old, new = [
        (await client.post(path, headers=clinic.as_("owner"))).json()["link"].partition("#")[2] for _ in range(2)
    ]
    assert (await client.post("/api/password-link", json={"token": new, "password": NEW})).status_code == 204
    assert (await client.get("/api/me")).status_code == 401
    client.cookies.clear()
    assert (await enter(client, clinic.email("closer"), NEW)).status_code == 200
    client.cookies.clear()
    clock.forward(hours=73)
    late = await client.post("/api/password-link", json={"token": old, "password": NEW})
    assert (late.status_code, late.json()["code"]) == (409, "link")
    assert (await client.post(path, headers=clinic.as_("manager"))).status_code == 403
