"""The kinds of mandatory field there are (SMPP 3.4, 3.1), each with its reading and writing.

A kind says three things: how a field is read with care, octet by octet, with the exact complaint; which lines of source
read it fast (`codec` puts them together); and which part of a `bytes %` template writes it. Fields have no name of
their own here: `pdu` is the table that names them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from heliograph.protocols.smpp.status import Status


class BadField(ValueError):
    """What was received is no such field; `status` is what to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Missing(BadField):
    """The PDU ends where the field should begin."""


@dataclass(frozen=True, slots=True)
class Int:
    """An unsigned integer of `size` octets, 1 or 4, big-endian."""

    size: int

    def read(self, data: bytes, at: int) -> tuple[int, int]:
        """The value and where the next field begins. Raises `BadField`."""
        if at >= len(data):
            raise Missing(Status.ESME_RINVCMDLEN, "is missing")
        if at + self.size > len(data):
            raise BadField(Status.ESME_RINVCMDLEN, "is cut off")
        return int.from_bytes(data[at : at + self.size], "big"), at + self.size


@dataclass(frozen=True, slots=True)
class CString:
    """A C-octet string: at most `most` octets with its NUL, as the specification says.

    `tolerated` is how many are taken, and written, without complaint where peers are known to go beyond; 0 means
    `most`. `status` answers a string that is longer, or has no end.
    """

    most: int
    status: int = Status.ESME_RINVPARLEN
    tolerated: int = 0

    @property
    def limit(self) -> int:
        """Most octets without the NUL."""
        return (self.tolerated or self.most) - 1

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        """The string without its NUL, and where the next field begins. Raises `BadField`."""
        if at >= len(data):
            raise Missing(Status.ESME_RINVCMDLEN, "is missing")
        end = data.find(0, at)
        if end < 0:
            raise BadField(self.status, "has no end")
        if end - at > self.limit:
            raise BadField(self.status, f"has {end - at} octets, at most {self.limit} are taken")
        return data[at:end], end + 1

    def read_unended(self, data: bytes, at: int) -> bytes:
        """The string that ends with the PDU instead of a NUL. Raises `BadField` when it is too long."""
        if len(data) - at > self.limit:
            raise BadField(self.status, f"has {len(data) - at} octets, at most {self.limit} are taken")
        return data[at:]


@dataclass(frozen=True, slots=True)
class Counted:
    """Octets behind one octet that counts them: sm_length and short_message."""

    status: int = Status.ESME_RINVMSGLEN

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        """The octets and where the next field begins. Raises `BadField`."""
        if at >= len(data):
            raise Missing(Status.ESME_RINVCMDLEN, "is missing")
        end = at + 1 + data[at]
        if end > len(data):
            raise BadField(self.status, f"is said to have {data[at]} octets, there are {len(data) - at - 1}")
        return data[at + 1 : end], end


class SmeAddress(NamedTuple):
    """A destination of submit_multi that is an address (4.5.1.1)."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes


class DistributionList(NamedTuple):
    """A destination of submit_multi that is a list kept at the message centre (4.5.1.2)."""

    dl_name: bytes


Destination = SmeAddress | DistributionList


class UnsuccessfulSme(NamedTuple):
    """A destination that submit_multi did not reach, and why (4.5.2.1)."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    error_status_code: int


_OCTET = Int(1)
_LONG = Int(4)
_ADDRESS = CString(21, Status.ESME_RINVDSTADR)
_LIST_NAME = CString(21, Status.ESME_RINVDLNAME)
_SME_ADDRESS_FLAG = 1
_LIST_FLAG = 2


def _read_address(data: bytes, at: int) -> tuple[SmeAddress, int]:
    ton, at = _OCTET.read(data, at)
    npi, at = _OCTET.read(data, at)
    address, at = _ADDRESS.read(data, at)
    return SmeAddress(ton, npi, address), at


def read_destinations(data: bytes, at: int) -> tuple[tuple[Destination, ...], int]:
    """number_of_dests and dest_address of submit_multi, and where the next field begins. Raises `BadField`."""
    count, at = _OCTET.read(data, at)
    found: list[Destination] = []
    for _ in range(count):
        flag, at = _OCTET.read(data, at)
        if flag == _SME_ADDRESS_FLAG:
            address, at = _read_address(data, at)
            found.append(address)
        elif flag == _LIST_FLAG:
            name, at = _LIST_NAME.read(data, at)
            found.append(DistributionList(name))
        else:
            raise BadField(Status.ESME_RINVDESTFLAG, f"has the flag {flag}")
    return tuple(found), at


def write_destinations(destinations: tuple[Destination, ...]) -> bytes:
    """The octets `read_destinations` reads. Raises `ValueError` for what cannot be written."""
    octets = [b"%c" % len(destinations)]
    for destination in destinations:
        if isinstance(destination, SmeAddress):
            checked(destination.destination_addr, _ADDRESS.limit)
            octets.append(b"\x01%c%c%b\0" % destination)
        else:
            checked(destination.dl_name, _LIST_NAME.limit)
            octets.append(b"\x02%b\0" % destination)
    return b"".join(octets)


def read_unsuccessful(data: bytes, at: int) -> tuple[tuple[UnsuccessfulSme, ...], int]:
    """no_unsuccess and unsuccess_sme of submit_multi_resp, and where the next field begins. Raises `BadField`."""
    count, at = _OCTET.read(data, at)
    found: list[UnsuccessfulSme] = []
    for _ in range(count):
        address, at = _read_address(data, at)
        error, at = _LONG.read(data, at)
        found.append(UnsuccessfulSme(*address, error))
    return tuple(found), at


def write_unsuccessful(unsuccessful: tuple[UnsuccessfulSme, ...]) -> bytes:
    """The octets `read_unsuccessful` reads. Raises `ValueError` for what cannot be written."""
    octets = [b"%c" % len(unsuccessful)]
    for ton, npi, address, error in unsuccessful:
        checked(address, _ADDRESS.limit)
        octets.append(b"%c%c%b\0%b" % (ton, npi, address, error.to_bytes(4, "big")))
    return b"".join(octets)


def checked(text: bytes, limit: int) -> None:
    """Raise `ValueError` for a C-octet string that would end early or is longer than the field."""
    if 0 in text or len(text) > limit:
        raise ValueError(f"{len(text)} octets with or without a NUL, where at most {limit} without one go")


@dataclass(frozen=True, slots=True)
class Listed:
    """A count of one octet and so many entries; `read` and `write` are functions of this module."""

    read: Callable[[bytes, int], tuple[object, int]]
    write: Callable[..., bytes]


Kind = Int | CString | Counted | Listed
