"""What stands in a submit_sm: header, text and parameters of a part, or of all parts in one, as a carrier wants them.

Pure. Parts come as `channels.sms.content` made them, septets unpacked; the carrier's habits are settings. A part that
cannot be written so raises `CannotSend`, which is an outcome: no letter is ever left out or replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from heliograph.channels.sms import udh
from heliograph.channels.sms.alphabet import encode_ucs2, pack
from heliograph.channels.sms.received import Received, text_of
from heliograph.channels.sms.split import Coding, Part
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.errors import NetworkError
from heliograph.model.outcome import Failed
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.pdu import Tlvs

UDH_INDICATOR: Final = 0x40
"""Bit of esm_class: the text begins with a header (5.2.12)."""
MOST_OCTETS: Final = 254
"""Of short_message (5.2.22)."""
_ALPHABET_BITS: Final = 0xEC
"""Of a data_coding: without those that name a class."""


class CannotSend(Exception):
    """The part has no form on this wire; `failed` says why."""

    def __init__(self, error: int, detail: str) -> None:
        super().__init__(detail)
        self.failed = Failed(error, permanent=True, detail=detail)


class UserData(NamedTuple):
    """The fields of a submit_sm that say what is sent."""

    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: Tlvs


class Writer:
    """Writes for one carrier."""

    def __init__(self, settings: SmppSettings) -> None:
        self._alphabet = settings.alphabet
        self._default = settings.gsm_data_coding
        self._uses_sar = settings.long_messages == "sar"
        self.keeps_septets = settings.alphabet == "gsm"
        """The default alphabet goes as it is, one septet an octet."""

    def write(self, parts: Sequence[Part], first: int, last: int, data_coding: int) -> UserData:
        """Parts `first` to `last` (from 1) of a message. Raises `CannotSend`."""
        if last > first:
            return self._whole(parts, data_coding)
        header, octets, _ = parts[first - 1]
        tlvs: Tlvs = ()
        if self._uses_sar and len(parts) > 1:
            header, tlvs = _as_parameters(header)
        header, octets, data_coding = self._in_alphabet(header, octets, data_coding)
        if len(header) + len(octets) > MOST_OCTETS:
            if len(parts) > 1:
                raise CannotSend(
                    NetworkError.NOT_SUPPORTED,
                    "the text has a letter that Latin-1 does not have, and its part is too long for UCS-2",
                )
            return _as_payload(header, octets, data_coding)
        return UserData(UDH_INDICATOR if header else 0, data_coding, header + octets, tlvs)

    def _whole(self, parts: Sequence[Part], data_coding: int) -> UserData:
        """All parts in one: the carrier cuts them anew."""
        elements = udh.read(parts[0].udh)[0] if parts[0].udh else ()
        left = [one for one in elements if one.iei not in (udh.CONCATENATED, udh.CONCATENATED_WIDE)]
        octets = b"".join([part.octets for part in parts])
        return _as_payload(*self._in_alphabet(udh.build(left), octets, data_coding))

    def _in_alphabet(self, header: bytes, octets: bytes, data_coding: int) -> tuple[bytes, bytes, int]:
        """Header, octets and data_coding as this carrier reads them; only its default alphabet is a matter of habit."""
        if data_coding & _ALPHABET_BITS != Coding.GSM7:
            return header, octets, data_coding
        if self._alphabet == "latin-1":
            return self._in_latin_1(header, octets, data_coding)
        if self._alphabet == "gsm-packed":
            octets = pack(octets, udh.fill_bits(header))
        return header, octets, self._default if data_coding == Coding.GSM7 else data_coding

    def _in_latin_1(self, header: bytes, octets: bytes, data_coding: int) -> tuple[bytes, bytes, int]:
        elements = udh.read(header)[0] if header else ()
        text = text_of([Received(elements, octets, Coding.GSM7)])
        left = [one for one in elements if one.iei not in (udh.SINGLE_SHIFT, udh.LOCKING_SHIFT)]
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError:
            return udh.build(left), encode_ucs2(text), Coding.UCS2 | data_coding
        return udh.build(left), octets, self._default if data_coding == Coding.GSM7 else data_coding


def _as_payload(header: bytes, octets: bytes, data_coding: int) -> UserData:
    return UserData(UDH_INDICATOR if header else 0, data_coding, b"", (tlv.MESSAGE_PAYLOAD(header + octets),))


def _as_parameters(header: bytes) -> tuple[bytes, Tlvs]:
    """The place of a part as parameters instead of a header, where the header says nothing else."""
    elements = udh.read(header)[0] if header else ()
    place = udh.find_concatenation(elements)
    if place is None or len(elements) > 1:
        return header, ()
    return b"", (
        tlv.SAR_MSG_REF_NUM(place.reference),
        tlv.SAR_TOTAL_SEGMENTS(place.total),
        tlv.SAR_SEGMENT_SEQNUM(place.number),
    )
