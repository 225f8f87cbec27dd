"""The GSM 7-bit default alphabet with its extension table, and UCS-2 (3GPP TS 23.038, 6.2.1 and 6.2.3).

Septets here are unpacked, one in each octet, as SMPP carries them; `pack` is for headers of seven-bit links.
UCS-2 is carried as UTF-16 big-endian: characters above U+FFFF are surrogate pairs, two units.
"""

from __future__ import annotations

import re
from typing import Final

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""128 positions; 0x1B is the escape and stands for no character."""

EXTENSION: Final = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
ESCAPE: Final = 0x1B

_CHARACTERS: Final = BASIC.replace("\x1b", "")
_BASIC_ONLY: Final = re.compile(f"[{re.escape(_CHARACTERS)}]*")
_ANY: Final = re.compile(f"[{re.escape(_CHARACTERS + ''.join(EXTENSION))}]*")
_EXTENDED: Final = re.compile(f"[{re.escape(''.join(EXTENSION))}]")
_ENCODE: Final = {
    **{ord(character): chr(code) for code, character in enumerate(BASIC) if code != ESCAPE},
    **{ord(character): chr(ESCAPE) + chr(code) for character, code in EXTENSION.items()},
}
_DECODE_EXTENSION: Final = {code: character for character, code in EXTENSION.items()}


class NotText(ValueError):
    """What no handset can be sent as text: lone surrogates, NUL."""


def is_basic(text: str) -> bool:
    """True if every character is one septet."""
    return _BASIC_ONLY.fullmatch(text) is not None


def is_gsm7(text: str) -> bool:
    """True if the text can be sent in the default alphabet with its extension."""
    return _ANY.fullmatch(text) is not None


def extended(text: str) -> int:
    """How many characters need an escape before them."""
    return len(_EXTENDED.findall(text))


def first_unicode_char(text: str) -> tuple[int, str] | None:
    """Place (from 0) and character that first forces UCS-2; None if nothing does."""
    match = _ANY.match(text)
    end = match.end() if match is not None else 0
    return None if end == len(text) else (end, text[end])


def encode_gsm7(text: str) -> bytes:
    """Septets, one an octet. Raises `NotText` for a character that is in neither table."""
    if not is_gsm7(text):
        raise NotText("a character is not in the GSM alphabet")
    return text.translate(_ENCODE).encode("latin-1")


def decode_gsm7(septets: bytes) -> str:
    """Text of septets; an escape before an unknown code is shown as a space, as the standard asks."""
    characters: list[str] = []
    escaped = False
    for septet in septets:
        if escaped:
            characters.append(_DECODE_EXTENSION.get(septet & 0x7F, " "))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            characters.append(BASIC[septet & 0x7F])
    return "".join(characters)


def encode_ucs2(text: str) -> bytes:
    """UTF-16 big-endian without a mark. Raises `NotText` for a lone surrogate."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise NotText("the text has half of a surrogate pair") from None


def decode_ucs2(octets: bytes) -> str:
    """Text of UTF-16 big-endian; what cannot be read is shown as U+FFFD."""
    return octets.decode("utf-16-be", "replace")


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Eight septets in seven octets, the first after `fill_bits` (0 to 6) of zero (TS 23.038, 6.1.2.1)."""
    bits, held, packed = 0, fill_bits, bytearray()
    for septet in septets:
        bits |= (septet & 0x7F) << held
        held += 7
        while held >= 8:
            packed.append(bits & 0xFF)
            bits >>= 8
            held -= 8
    if held:
        packed.append(bits & 0xFF)
    return bytes(packed)


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets of packed octets."""
    number = int.from_bytes(octets, "little") >> fill_bits
    return bytes((number >> (7 * place)) & 0x7F for place in range(count))
