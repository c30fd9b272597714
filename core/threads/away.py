"""Telling the database being away, which passes, from the database refusing something, which does not.

Source: PostgreSQL's error codes. psycopg calls both an OperationalError; a text too long for an index is one, and
asking the provider to send it again would never end.
"""

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import Transient

_PASSING = ("08", "40", "53", "55", "57", "58", "25006")
"""Classes of codes that pass: connection, rollback, resources, locks, shutdown or time-out, system; a server that
only reads (it is being replaced)."""


def brief(error: BaseException) -> str:
    """What went wrong, for logs and for the staff, without what was said: the database's own words quote rows."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return brief(error.orig)
    if isinstance(error, psycopg.Error):
        return f"{type(error).__name__} ({error.sqlstate or 'no connection'})"
    return f"{type(error).__name__}: {error}"


_CONTENDED = ("40", "55", "57014")


def is_contended(error: BaseException) -> bool:
    """Whether it lost against others or took too long, which says nothing of the database."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return is_contended(error.orig)
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_CONTENDED)


def is_away(error: BaseException) -> bool:
    """Whether the same thing may well succeed later."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:
            return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        return error.sqlstate.startswith(_PASSING)
    return isinstance(error, (PoolTimeout, OSError, Transient))
