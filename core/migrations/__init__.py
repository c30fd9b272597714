"""The schema's history. `upgrade` makes a database the newest; `drift` finds where code and tables differ."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url

from core.tables import METADATA


def configuration(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["url"] = make_url(url).set(drivername="postgresql+psycopg")
    return config


def upgrade(url: str) -> None:
    """Migrate the database at `url`, whose login must own it; a second process waits for the first."""
    command.upgrade(configuration(url), "head")


def _is_ours(_object: Any, name: str | None, kind: str, reflected: bool, _compared: Any) -> bool:
    return not (kind == "table" and reflected and name == "alembic_version")


def drift(url: str) -> list[Any]:
    """Differences between the migrated database and the tables in code; empty when they agree."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": False, "include_object": _is_ours}
            )
            return list(compare_metadata(context, METADATA))
    finally:
        engine.dispose()


def pending(connection: Connection) -> bool:
    """Whether the database is behind the code."""
    script = ScriptDirectory.from_config(configuration("postgresql://"))
    return MigrationContext.configure(connection).get_current_revision() != script.get_current_head()
