"""The log: one event a line on standard error, with numbers and texts masked unless the operator says otherwise.

No line per message, ever: what happened to a message is asked of `trace`, how much happened of `/metrics`.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO, cast

import structlog

SECRET_KEYS: Final = frozenset({"token", "password", "apikey", "secret", "authorization", "psw"})
TEXT_KEYS: Final = frozenset({"text", "body"})
_NUMBER = re.compile(r"\+?\d{10,15}")
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(*, level: str, form: str, mask: bool) -> None:
    """Set the log up for this process. `form` is json, text, or auto (text on a terminal)."""
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_message if mask else structlog.processors.format_exc_info,
            masked if mask else secrets_hidden,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
    )
    logging.basicConfig(level=max(_LEVELS[level], logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s")


class _StandardError:
    """Standard error as it is at the moment of writing: whoever redirects it later is followed.

    A line that cannot be written, because its disk is full, is lost: it must not stop what it tells of.
    """

    def write(self, text: str) -> int:
        """As a file does."""
        with contextlib.suppress(OSError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        """As a file does."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def without_message(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and its places. Its message may hold what a customer wrote, so it is left out."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        places = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        event["exception"] = [type(error).__name__, *places]
    return event


def mask_number(number: str) -> str:
    """Country and the last two digits stay: 380989361131 → 38********31."""
    digits = number.lstrip("+")
    return digits[:2] + "*" * max(0, len(digits) - 4) + digits[-2:] if len(digits) > 4 else "*" * len(digits)


def secrets_hidden(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Secrets are never written, masked log or not."""
    for key in event.keys() & SECRET_KEYS:
        event[key] = "***"
    return event


def masked(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Also texts by their length, and everything that looks like a phone number."""
    secrets_hidden(logger, method, event)
    for key, value in event.items():
        if not isinstance(value, str) or key == "timestamp":
            continue
        if key in TEXT_KEYS:
            event[key] = f"({len(value)} characters)"
        else:
            event[key] = _NUMBER.sub(lambda found: mask_number(found.group()), value)
    return event
