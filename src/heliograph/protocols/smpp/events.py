"""What a session tells its owner, beside the peer's requests, which are their PDUs themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from heliograph.protocols.smpp.codec import Unreadable
from heliograph.protocols.smpp.pdu import Pdu

Tag = TypeVar("Tag")


class Answered(NamedTuple, Generic[Tag]):
    """A request of ours has its answer: the response that belongs to it, or generic_nack. `late`: it was `GaveUp`."""

    pdu: Pdu
    tag: Tag
    late: bool


@dataclass(frozen=True, slots=True)
class GaveUp(Generic[Tag]):
    """These requests of ours, oldest first, have no answer in time; it may still come, and is then `late`."""

    tags: list[Tag]


@dataclass(frozen=True, slots=True)
class Bound:
    """Our bind was accepted. `version` is the peer's interface_version, None if it did not say."""

    pdu: Pdu
    version: int | None


@dataclass(frozen=True, slots=True)
class BindRefused:
    """Our bind was refused, or nobody answered what was one; `pdu` says why."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Odd:
    """Something the peer should not have sent; the session has answered with `command_status`, None for no answer."""

    pdu: Pdu | Unreadable
    why: str
    command_status: int | None


@dataclass(frozen=True, slots=True)
class Ended(Generic[Tag]):
    """The session is over: write what is to be written and close. `left` are our requests without an answer, oldest
    first; `clean` is true after an unbind both sides agreed on."""

    why: str
    left: list[Tag]
    clean: bool


Event = Pdu | Answered[Tag] | GaveUp[Tag] | Bound | BindRefused | Odd | Ended[Tag]
