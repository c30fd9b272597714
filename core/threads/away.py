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


def is_away(error: BaseException) -> bool:
    """Whether the same thing may well succeed later."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:
            return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        return error.sqlstate.startswith(_PASSING)
    return isinstance(error, (PoolTimeout, OSError, Transient))
