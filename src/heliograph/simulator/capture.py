"""What a simulated carrier receives, octet for octet, in a file: what a message really became on its way out.

A line of JSON for each part that is handed over, also for those the carrier refuses then: as SMPP would carry it, with
septets unpacked and the header apart. Texts and numbers are in it, so it is written only where an operator asked for
it, for himself alone (mode 0600), and never grows beyond two files of `MOST_OCTETS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from heliograph.channels.sms.content import Encoded, encode_message
from heliograph.channels.sms.split import Part
from heliograph.model.message import Attempt, Message

MOST_OCTETS: Final = 64 << 20
UDHI: Final = 0x40
"""The bit of esm_class that says there is a header (SMPP 3.4, 5.2.12)."""


class Captured(msgspec.Struct, frozen=True):
    """A part as it was handed over at `at` (ms since the epoch). `header` and `data` are hex.

    A query has neither and no `parts`.
    """

    at: int
    message_id: int
    kind: str
    part: int
    parts: int
    try_no: int
    sender: str
    recipient: str
    esm_class: int
    protocol_id: int
    data_coding: int
    header: str
    data: str


class Capture:
    """Appends to the file `path`; when that is full it takes the place of `path` with `.old` behind it."""

    def __init__(self, path: Path, most_octets: int = MOST_OCTETS) -> None:
        self._path = path
        self._most_octets = most_octets
        self._encoder = msgspec.json.Encoder()
        self._message: Message | None = None
        self._encoded = Encoded(0, 0, [])
        self.lost = 0
        """Parts that could not be noted."""

    def write(self, attempts: Iterable[Attempt], at: int) -> None:
        """Note what is handed over. Nothing is raised if the file takes no more: messages go before notes on them."""
        lines = [self._encoder.encode(one) for attempt in attempts for one in self._captured(attempt, at)]
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(b"\n".join([*lines, b""]))
                is_full = file.tell() >= self._most_octets
            if is_full:
                self._path.replace(self._path.with_name(f"{self._path.name}.old"))
        except OSError:
            self.lost += len(lines)

    def _captured(self, attempt: Attempt, at: int) -> list[Captured]:
        message = attempt.message
        if message is not self._message:
            self._message, self._encoded = message, encode_message(message)
        data_coding, protocol_id, parts = self._encoded
        handed_over = list(enumerate(parts, 1))[attempt.part_first - 1 : attempt.part_last]
        return [
            Captured(
                at=at,
                message_id=message.id,
                kind=message.content.kind.name.lower(),
                part=number,
                parts=len(parts),
                try_no=attempt.try_no,
                sender=message.sender,
                recipient=message.recipient,
                esm_class=UDHI if part.udh else 0,
                protocol_id=protocol_id,
                data_coding=data_coding,
                header=part.udh.hex(),
                data=part.octets.hex(),
            )
            for number, part in handed_over or [(1, _NOTHING)]
        ]


_NOTHING: Final = Part(b"", b"", "")


def read_captured(path: Path) -> list[Captured]:
    """What was handed over, in order; a line cut off at the end is left out. A file that does not exist is empty."""
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    return [msgspec.json.decode(line, type=Captured) for line in lines]
