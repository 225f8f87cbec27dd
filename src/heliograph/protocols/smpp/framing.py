"""A stream of bytes cut into whole PDUs (SMPP 3.4, 3.2).

One read may hold many PDUs and a half one; the half waits. The work is linear in what came in, however it is chopped,
and never more than the limit and one read is kept. A command_length that cannot be true ends the stream: where the next
PDU begins is unknown from then on.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from heliograph.protocols.smpp.source import HEAD
from heliograph.protocols.smpp.status import Status

MOST: Final = 0x11000
"""The usual limit of command_length: a message_payload of 64 KiB and everything around it."""

_read_length: Final = struct.Struct(">I").unpack_from
_read_head: Final = struct.Struct(">4I").unpack_from


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a stream ended. `status` and `sequence_number` belong in a last generic_nack (4.3.1: 0 where unknown)."""

    why: str
    sequence_number: int = 0
    status: int = Status.ESME_RINVCMDLEN
    answers_a_response: bool = False


class Framer:
    """Cuts PDUs out of a stream. `most` is the largest command_length taken, 16 or more."""

    def __init__(self, most: int = MOST) -> None:
        if most < HEAD:
            raise ValueError(f"no PDU is shorter than {HEAD} octets")
        self.broken: Broken | None = None
        """Set once, when the stream can no longer be cut."""
        self._most = most
        self._half = bytearray()
        self._wanted = 4
        """As long as `_half` is shorter, nothing can be cut."""

    @property
    def waiting(self) -> int:
        """Octets of a PDU that has not come whole."""
        return len(self._half)

    def feed(self, data: bytes) -> list[bytes]:
        """The PDUs that are whole with these bytes, in order. Nothing more comes once the stream is `broken`."""
        if self.broken is not None:
            return []
        if self._half:
            self._half += data
            if len(self._half) < self._wanted:
                return []
            data = bytes(self._half)
            self._half.clear()
        cut: list[bytes] = []
        at = 0
        size = len(data)
        while size - at >= 4:
            (length,) = _read_length(data, at)
            if not HEAD <= length <= self._most:
                self.broken = _why(data[at : at + HEAD], length, self._most)
                return cut
            end = at + length
            if end > size:
                self._wanted = length
                break
            cut.append(data[at:end])
            at = end
        else:
            self._wanted = 4
        if at < size:
            self._half += data[at:]
        return cut


def _why(head: bytes, length: int, most: int) -> Broken:
    why = f"a command_length of {length}, at least {HEAD} and at most {most} are taken"
    if len(head) < HEAD or length < HEAD:
        return Broken(why)
    _, command_id, _, sequence_number = _read_head(head)
    return Broken(why, sequence_number, answers_a_response=bool(command_id >> 31))
