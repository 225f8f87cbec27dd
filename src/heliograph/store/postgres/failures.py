"""What went wrong: this time only, or through a bug of the caller?

`StoreFailure` means that the same rows may be tried again: the server is gone, full, restarting or read-only, or two
nodes were in each other's way. The rest speaks of statements and values and stays what it is.
"""

from __future__ import annotations

from asyncpg import InterfaceError, InternalClientError, PostgresError  # type: ignore[import-untyped]

_TEMPORARY = ("08", "25006", "40", "53", "55", "57", "58", "F0", "XX")
"""SQLSTATE: connection, read-only, rollback (deadlock), resources (disk), object state (a lock), operator's
intervention, system errors, configuration file, internal."""
_LOST = ("08", "57", "58")


def is_temporary(error: BaseException) -> bool:
    """True if the same may be tried again."""
    state = _state(error)
    if state is not None:
        return state.startswith(_TEMPORARY)
    return isinstance(error, OSError | TimeoutError | InterfaceError | InternalClientError | EOFError)


def is_lost_connection(error: BaseException) -> bool:
    """True if nobody knows what the server did with what it was last told."""
    state = _state(error)
    return state.startswith(_LOST) if state is not None else is_temporary(error)


def words(error: BaseException) -> str:
    """The error in one line for log and operator; never its detail, which quotes values."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).partition("\n")[0][:200] or type(error).__name__


def cause(error: BaseException) -> BaseException:
    """The error the driver has wrapped: a text that cannot be encoded stays a `UnicodeEncodeError`."""
    inner = error.__cause__ or error.__context__
    return inner if isinstance(error, PostgresError) and isinstance(inner, UnicodeEncodeError) else error


def _state(error: BaseException) -> str | None:
    return str(getattr(error, "sqlstate", None) or "") if isinstance(error, PostgresError) else None
