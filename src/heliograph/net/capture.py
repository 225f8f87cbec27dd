"""Capture files: what went over SMPP connections, as a packet analyser opens it.

Texts and numbers are in them, passwords are not. Only what an operator switched on is written, for himself alone (mode
0600), and never more than two files of `MOST_OCTETS`. A disk that takes no more costs notes, never a message.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from heliograph.protocols.pcap import FILE_HEAD, Endpoint
from heliograph.protocols.smpp.recorded import Conversation

MOST_OCTETS: Final = 64 << 20


class CaptureFile:
    """Appends to the file `path`; when that is full it takes the place of `path` with `.old` behind it. `wall` is ms
    since the epoch."""

    def __init__(self, path: Path, wall: Callable[[], int], most_octets: int = MOST_OCTETS) -> None:
        self._path = path
        self._wall = wall
        self._most_octets = most_octets
        self.lost = 0
        """Writes that were not kept."""

    def recorder(self, client: tuple[str, int], centre: tuple[str, int]) -> Recorder:
        """Writes one connection down."""
        return Recorder(self, Conversation(Endpoint(*client), Endpoint(*centre)))

    def now(self) -> int:
        """Ms since the epoch."""
        return self._wall()

    def append(self, records: bytes) -> None:
        """Keep these; nothing is raised."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(records if file.tell() else FILE_HEAD + records)
                is_full = file.tell() >= self._most_octets
            if is_full:
                self._path.replace(self._path.with_name(f"{self._path.name}.old"))
        except OSError:
            self.lost += 1


class Recorder:
    """One connection of a capture file."""

    def __init__(self, file: CaptureFile, conversation: Conversation) -> None:
        self._file = file
        self._conversation = conversation

    def client_said(self, octets: bytes) -> None:
        """The client sent this."""
        self._said(octets, by_centre=False)

    def centre_said(self, octets: bytes) -> None:
        """The message centre sent this."""
        self._said(octets, by_centre=True)

    def _said(self, octets: bytes, *, by_centre: bool) -> None:
        records = self._conversation.said(octets, self._file.now(), by_centre=by_centre)
        if records:
            self._file.append(records)


def ends(peer: object, own: object) -> tuple[tuple[str, int], tuple[str, int]]:
    """The addresses of a socket's two ends, as a transport tells them, in the form `recorder` takes."""
    return _address(peer), _address(own)


def _address(said: object) -> tuple[str, int]:
    return (str(said[0]), int(said[1])) if isinstance(said, tuple) and len(said) >= 2 else ("", 0)
