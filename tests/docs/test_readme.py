"""The README's table is the configuration, and its SQL is enough for production."""

import re
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg import errors
from sqlalchemy import make_url, text

from backoffice.cli import app
from backoffice.scratch import scratch_database
from backoffice.settings import Settings
from core.db import create_engine
from core.migrations import upgrade

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
READ_BY_COMMANDS_AND_TESTS = {
    "HILO_WHATSAPP_ACCESS_TOKEN",
    "HILO_WHATSAPP_APP_SECRET",
    "HILO_WHATSAPP_VERIFY_TOKEN",
    "HILO_TELEGRAM_TOKEN",
    "HILO_NEW_PASSWORD",
    "HILO_TEST_DATABASE_URL",
    "HILO_TEST_REDIS_URL",
}


def configuration_rows() -> list[str]:
    table = README.split("\n## Configuration\n")[1].split("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| `HILO_")]


def test_every_setting_has_its_place_in_the_table_and_nothing_else_has() -> None:
    told = {name for row in configuration_rows() for name in re.findall(r"`(HILO_\w+)`", row.split("|")[1])}
    settings = {f"HILO_{name.upper()}" for name in Settings.model_fields}
    assert told == settings | READ_BY_COMMANDS_AND_TESTS


def test_defaults_told_are_the_defaults() -> None:
    rows = {name: row for row in configuration_rows() for name in re.findall(r"`(HILO_\w+)`", row.split("|")[1])}
    for name, field in Settings.model_fields.items():
        if field.default is None or isinstance(field.default, Path):
            continue
        shown = field.default
        if isinstance(shown, bool):
            shown = str(shown).lower()
        elif isinstance(shown, float):
            shown = f"{shown:g}"
        assert f"`{shown}`" in rows[f"HILO_{name.upper()}"]


def test_every_command_is_named() -> None:
    commands = README.split("\n## Commands\n")[1].split("\n## ")[0]
    groups = [name for name in app if not name.startswith("-")]
    assert [name for name in groups if f"`{name}" not in commands] == []


def test_pictures_and_pages_linked_exist() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("written", ["the README", "docker-compose.yml"])
async def test_a_login_that_owns_nothing_is_enough(written: str) -> None:
    with scratch_database() as superuser:
        base = make_url(superuser)
        login = base.set(username="hilo_login").render_as_string()
        if written == "the README":
            before, after = statements_of_the_readme()
            owner = base.set(username="hilo_owner", database="clinics")
            run(superuser, before)
            upgrade(owner.render_as_string())
            run(owner.render_as_string(), after)
            login = base.set(username="hilo_login", database="clinics").render_as_string()
        else:
            roles = COMPOSE["configs"]["roles"]["content"].replace(r"\getenv password HILO_LOGIN_PASSWORD", "")
            run(superuser, roles.replace(":'password'", "'it''s one'"))
            upgrade(superuser)
        await becomes_both_roles(login)
        with psycopg.connect(login) as bare, pytest.raises(errors.InsufficientPrivilege):
            bare.execute("SELECT 1 FROM thread")


def statements_of_the_readme() -> tuple[str, str]:
    found = re.search(r"```sql\n(.*?)```", README, re.DOTALL)
    assert found is not None
    sql = found[1].replace("'…'", "'a password'").replace("DATABASE hilo ", "DATABASE clinics ")
    before, _, after = sql.partition("-- after the first")
    return before, after.partition("\n")[2]


def run(url: str, sql: str) -> None:
    """Statement by statement, as some may not run inside a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in re.sub(r"--.*", "", sql).split(";"):
            if statement.strip():
                connection.execute(statement.encode())


async def becomes_both_roles(login: str) -> None:
    for role in ("hilo_app", "hilo_spine"):
        engine = create_engine(login, role, pool_size=1)  # type: ignore[arg-type]
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT current_user")) == role
            assert await connection.scalar(text("SELECT count(*) FROM thread")) == 0
        await engine.dispose()
