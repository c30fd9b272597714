"""Configuration: environment variables and `.env`. One table in the README documents every line of this."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import Refused

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE_SECRET = "a long random text of at least 32 characters"  # noqa: S105 said in an error message


class Settings(BaseSettings):
    """Every setting has the prefix HILO_. Secrets have no default: the demo makes its own and keeps it."""

    model_config = SettingsConfigDict(env_prefix="HILO_", env_file=".env", extra="ignore", frozen=True)

    secret: SecretStr | None = None
    """Encrypts channel tokens, signs sessions, makes public ids. Changing it makes all of those unreadable."""
    database_url: str | None = None
    """postgresql://… of a login that may become hilo_app and hilo_spine. Unset: the embedded PostgreSQL."""
    owner_database_url: str | None = None
    """postgresql://… of the tables' owner, for migrations and `org create`; the same as database_url when unset."""
    redis_url: str | None = None
    """redis://…; unset: everything that may be lost stays in each process."""
    data_dir: Path | None = None
    """Where the embedded PostgreSQL keeps its data; ./var, or /var/lib/hilo for root."""
    public_url: str = "http://127.0.0.1:8780"
    """How providers and browsers reach the web process."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8780
    flows_dir: Path = PROJECT / "flows"
    web_delivers: bool = True
    """The web process also delivers and runs timers; workers then only take over what it leaves."""
    send_lease: Annotated[float, Field(gt=0)] = 60.0
    """Seconds after which a message being sent by a process that died is of unknown outcome."""
    send_settle: Annotated[float, Field(gt=0)] = 30.0
    """Seconds an unknown outcome waits for the provider's status before the one retry."""
    log_json: bool = False

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError(f"HILO_SECRET is too short: set it to {EXAMPLE_SECRET}")
        return value

    def require_database(self) -> str:
        """The database's URL; raises Refused saying what to set."""
        if self.database_url is None:
            raise Refused("no_database", "HILO_DATABASE_URL is not set: this needs the database of the web process.")
        return self.database_url

    def require_secret(self) -> str:
        """The secret; raises Refused saying what to set."""
        if self.secret is None:
            raise Refused("no_secret", f"HILO_SECRET is not set: set it to {EXAMPLE_SECRET}, and keep it safe.")
        return self.secret.get_secret_value()
