"""The user data header: what stands before the text or the data of a part (3GPP TS 23.040, 9.2.3.24).

A header is kept with its length octet, as it travels. Reading what a stranger sent raises `BadHeader` and nothing else;
elements with values the standard calls reserved are passed over where it says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

CONCATENATED: Final = 0x00
PORTS_8_BIT: Final = 0x04
PORTS: Final = 0x05
CONCATENATED_WIDE: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25

MOST_OCTETS: Final = 140
"""Of user data in one short message, the header with its length octet included."""


class BadHeader(ValueError):
    """The header does not end where its lengths say; the standard asks to ignore all of it."""


class Element(NamedTuple):
    """An information element: its identifier and its data."""

    iei: int
    data: bytes


class Concatenation(NamedTuple):
    """Which part of a message this is: `number` 1 to `total`, up to 255. `wide` says that the reference has 16 bits."""

    reference: int
    total: int
    number: int
    wide: bool = False


def build(elements: Iterable[Element]) -> bytes:
    """The header of these elements with its length octet, b"" for none. Raises `ValueError` above 255 octets."""
    octets = b"".join([bytes((element.iei, len(element.data))) + element.data for element in elements])
    return bytes((len(octets),)) + octets if octets else b""


def read(user_data: bytes) -> tuple[tuple[Element, ...], bytes]:
    """The elements of the header that user data begins with, and what follows it. Raises `BadHeader`."""
    if not user_data:
        raise BadHeader("there is no header")
    end = 1 + user_data[0]
    if end > len(user_data):
        raise BadHeader(f"the header is said to have {end} octets, there are {len(user_data)}")
    elements: list[Element] = []
    place = 1
    while place < end:
        data = place + 2
        place = data + user_data[place + 1] if data <= end else end + 1
        if place > end:
            raise BadHeader("the last element of the header is cut off")
        elements.append(Element(user_data[data - 2], user_data[data:place]))
    return tuple(elements), user_data[end:]


def concatenation(
    reference: int, total: int, number: int, *, wide: bool = False, others: Iterable[Element] = ()
) -> bytes:
    """The header of part `number` of `total` (9.2.3.24.1 and .8), with `others` after the element that says so.

    Of `reference` only as much is taken as there is room for: 8 bits, 16 with `wide`.
    """
    if wide:
        said = Element(CONCATENATED_WIDE, bytes((reference >> 8 & 0xFF, reference & 0xFF, total, number)))
    else:
        said = Element(CONCATENATED, bytes((reference & 0xFF, total, number)))
    return build((said, *others))


def find_concatenation(elements: Iterable[Element]) -> Concatenation | None:
    """The last element that says which part this is; None if none does, or it names a part there cannot be."""
    found: Concatenation | None = None
    for iei, data in elements:
        if iei == CONCATENATED and len(data) == 3:
            said = Concatenation(data[0], data[1], data[2])
        elif iei == CONCATENATED_WIDE and len(data) == 4:
            said = Concatenation(data[0] << 8 | data[1], data[2], data[3], wide=True)
        else:
            continue
        if 1 <= said.number <= said.total:
            found = said
    return found


def find_ports(elements: Iterable[Element]) -> tuple[int, int] | None:
    """Destination and source port of the last element that names them (9.2.3.24.3 and .4); None if none does."""
    found: tuple[int, int] | None = None
    for iei, data in elements:
        if iei == PORTS and len(data) == 4:
            found = data[0] << 8 | data[1], data[2] << 8 | data[3]
        elif iei == PORTS_8_BIT and len(data) == 2:
            found = data[0], data[1]
    return found


def ports(destination: int, source: int) -> Element:
    """The element that addresses an application by 16-bit ports, each 0 to 65535."""
    return Element(PORTS, destination.to_bytes(2, "big") + source.to_bytes(2, "big"))


def find_languages(elements: Iterable[Element]) -> tuple[int, int]:
    """National language identifiers of the locking and the single shift table (9.2.3.24.15 and .16); 0 = default."""
    locking = single = 0
    for iei, data in elements:
        if len(data) == 1:
            if iei == LOCKING_SHIFT:
                locking = data[0]
            elif iei == SINGLE_SHIFT:
                single = data[0]
    return locking, single


def fill_bits(header: bytes) -> int:
    """Bits of zero between a header and packed septets, so that these begin on a septet's border (9.2.3.24)."""
    return -8 * len(header) % 7


def room_for_septets(header_octets: int) -> int:
    """How many septets fit after a header of so many octets, its length octet included."""
    return (MOST_OCTETS - header_octets) * 8 // 7
