"""A WAP push: an address with a title as Service Indication in WBXML, in a WSP push (WAP-167, WAP-192, WAP-230).

It travels as binary user data to the port of the handset's push client. Only the two members a customer can give are
written; what else an indication may carry is left to its defaults.
"""

from __future__ import annotations

import re
from typing import Final

from heliograph.channels.sms.alphabet import NotText
from heliograph.channels.sms.udh import Element, ports

PUSH_PORTS: Final[Element] = ports(2948, 9200)
"""To the connectionless push client, from the connectionless session service."""

_PUSH_PDU: Final = 0x06
_TYPE_SI: Final = 0xAE
"""application/vnd.wap.sic, 0x2E, as a short integer."""

_WBXML_SI_UTF8: Final = bytes((0x02, 0x05, 0x6A, 0x00))
"""WBXML 1.2, public identifier SI 1.0, UTF-8, no string table."""
_SI: Final = b"\x45"
_INDICATION: Final = b"\xc6"
_END: Final = b"\x01"
_INLINE: Final = b"\x03"

_HREF: Final = {"": b"\x0b", "http://": b"\x0c", "http://www.": b"\x0d", "https://": b"\x0e", "https://www.": b"\x0f"}
_DOMAIN: Final = {".com/": b"\x85", ".edu/": b"\x86", ".net/": b"\x87", ".org/": b"\x88"}
_SCHEME: Final = re.compile(r"(?:https?://(?:www\.)?)?")
_DOMAINS: Final = re.compile(r"(\.(?:com|edu|net|org)/)")


def service_indication(address: str, title: str) -> bytes:
    """The WBXML document. Raises `NotText` for a NUL or a lone surrogate."""
    scheme = _SCHEME.match(address)
    assert scheme is not None
    start = _HREF[scheme.group()]
    rest = b"".join(_DOMAIN.get(piece) or _string(piece) for piece in _DOMAINS.split(address[scheme.end() :]) if piece)
    indication = _INDICATION + start + rest + _END + _string(title) + _END
    return _WBXML_SI_UTF8 + _SI + indication + _END


def push(address: str, title: str, transaction: int = 0) -> bytes:
    """The user data of a push, without its header; `transaction` 0 to 255 tells pushes apart."""
    return bytes((transaction & 0xFF, _PUSH_PDU, 1, _TYPE_SI)) + service_indication(address, title)


def address_and_title(text: str) -> tuple[str, str]:
    """What stands in the two lines of a customer's push; the address is the title of one that has none.

    Raises `NotText` if there is no address.
    """
    address, _, title = text.partition("\n")
    address, title = address.strip(), title.strip()
    if not address:
        raise NotText("a push has no address")
    return address, title or address


def _string(text: str) -> bytes:
    if "\0" in text:
        raise NotText("the text has a NUL character")
    try:
        return _INLINE + text.encode() + b"\0"
    except UnicodeEncodeError:
        raise NotText("the text has half of a surrogate pair") from None
