"""What a connector says of one attempt. Failing upstream is normal, so it is a value and never an exception."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The carrier accepted the part. `upstream_id` "" means it gave none: no receipt can be matched."""

    upstream_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The carrier refused it, or it certainly never left.

    `permanent` False asks for another try, after `retry_after_ms` if the carrier said so. `throttled` tells the
    dispatcher to slow the connector down. `error` is a code of `core.errors`; `detail` the carrier's own word.
    """

    error: int
    permanent: bool
    retry_after_ms: int | None = None
    throttled: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may or may not have reached the carrier: the link died, or no answer came in time."""

    detail: str = ""


Outcome = Taken | Failed | InDoubt
