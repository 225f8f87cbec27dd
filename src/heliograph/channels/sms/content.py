"""What each kind of short message becomes on the air: its parts, its data coding scheme, its protocol identifier.

`weigh` counts and `encode` makes the same parts, so that what is paid is what is sent. Texts and flashes choose their
alphabet; binary data goes as it is, with the customer's own header; a push is made of an address and a title; a ping
is a short message of type 0, which a handset acknowledges and never shows; a look-up has nothing to send.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from heliograph.channels.sms import udh, wap_push
from heliograph.channels.sms.alphabet import NotText, encode_gsm7
from heliograph.channels.sms.split import MOST_PARTS, Coding, Measured, Part, TooLong, measure, measured_split
from heliograph.model.message import Content, Kind, Message

PID_TYPE_0: Final = 0x40
"""Short message type 0 (TS 23.040, 9.2.3.9)."""

CLASS_0: Final = 0x10
"""A message class is meant, class 0: shown at once, not stored (TS 23.038, 4)."""


class Encoded(NamedTuple):
    """A message for a carrier: SMPP's `data_coding` and `protocol_id`, and its parts (none for a look-up)."""

    data_coding: int
    protocol_id: int
    parts: list[Part]


def weigh(content: Content, *, wide_reference: bool = False, languages: Collection[int] = ()) -> Measured:
    """Alphabet, units and parts of any kind of message; a look-up counts as one part.

    `wide_reference` and `languages` as in `split.measure`. Raises `NotText` (also for a header that is none) and
    `TooLong`.
    """
    if content.segments:
        return _measured_segments(content)
    if content.kind in (Kind.TEXT, Kind.FLASH):
        unicode = _is_unicode_fixed(content.coding)
        return measure(content.text, wide_reference=wide_reference, languages=languages, unicode=unicode)
    if content.kind in (Kind.HLR, Kind.PING):
        return Measured(Coding.GSM7, 0, 1)
    header, data = _binary(content)
    return Measured(Coding.BINARY, len(data), len(_places(header, data, wide_reference, content.coding)))


def encode(
    content: Content, *, reference: int = 0, wide_reference: bool = False, languages: Collection[int] = ()
) -> Encoded:
    """A message ready for a carrier, in as many parts as `weigh` counts.

    `reference` tells messages of a sender to a handset apart, as in `split.split`. Raises as `weigh` does.
    """
    if content.segments:
        return Encoded(content.coding or 0, content.pid or 0, _segment_parts(content.segments, reference))
    if content.kind in (Kind.TEXT, Kind.FLASH):
        unicode = _is_unicode_fixed(content.coding)
        measured, parts = measured_split(
            content.text, reference=reference, wide_reference=wide_reference, languages=languages, unicode=unicode
        )
        return Encoded(measured.coding | _class_bits(content), 0, parts)
    if content.kind is Kind.HLR:
        return Encoded(Coding.GSM7, 0, [])
    if content.kind is Kind.PING:
        return Encoded(Coding.GSM7, PID_TYPE_0, [Part(b"", b"", "")])
    header, data = _binary(content, reference)
    return Encoded(
        Coding.BINARY if content.coding is None else content.coding,
        content.pid or 0,
        _binary_parts(header, data, reference, wide_reference, content.coding),
    )


def alphabet_kept(measured: Measured) -> int:
    """What `Message.coding` keeps of how a message was counted: `data_coding`, and which national tables."""
    return measured.coding | measured.locking << 8 | measured.single << 16


def languages_kept(coding: int) -> tuple[int, ...]:
    """The national languages a message was counted with, read from `Message.coding`."""
    return tuple([language for language in (coding >> 8 & 0xFF, coding >> 16 & 0xFF) if language])


def encode_message(message: Message) -> Encoded:
    """An accepted message ready for a carrier: in the alphabet and the parts it was counted and paid in.

    Its parts are told apart by its id, so a part that is handed over again fits the ones handed over before. What its
    account is allowed by now does not matter.
    """
    septets = septets_of_one(message)
    if septets is not None:
        return Encoded(Coding.GSM7, 0, [Part(b"", septets, message.content.text)])
    return encode(message.content, reference=message.id, languages=languages_kept(message.coding))


def septets_of_one(message: Message) -> bytes | None:
    """All there is of a text that was counted as one part in the default alphabet, as most are; None for any other."""
    content = message.content
    if message.coding or message.parts != 1 or content.coding is not None or content.kind is not Kind.TEXT:
        return None
    try:
        return encode_gsm7(content.text) if not content.segments else None
    except NotText:
        return None


def own_header(octets: bytes) -> tuple[bytes, bytes]:
    """Header and data of a customer's binary message that begins with its header; a leading 0 says there is none.

    Raises `udh.BadHeader`.
    """
    if octets[:1] == b"\0":
        return b"", octets[1:]
    udh.read(octets)
    end = 1 + octets[0]
    return octets[:end], octets[end:]


def is_unicode(data_coding: int) -> bool:
    """True if a data coding scheme says UCS-2 (SMPP 3.4, 5.2.19; TS 23.038, 4)."""
    if data_coding < 0x80:
        return data_coding & 0x0C == 0x08
    return data_coding >> 4 == 0xE


def message_class(data_coding: int) -> int | None:
    """The message class 0 to 3 a data coding scheme names (0 = flash); None if it names none (TS 23.038, 4)."""
    if data_coding >> 4 == 0xF or (data_coding < 0x80 and data_coding & 0x10):
        return data_coding & 0x03
    return None


def _is_unicode_fixed(coding: int | None) -> bool:
    return coding is not None and is_unicode(coding)


def _class_bits(content: Content) -> int:
    if content.kind is Kind.FLASH:
        return CLASS_0
    named = None if content.coding is None else message_class(content.coding)
    return 0 if named is None else CLASS_0 | named


def _binary(content: Content, reference: int = 0) -> tuple[tuple[udh.Element, ...], bytes]:
    """Header elements and user data of what goes as octets."""
    if content.kind is Kind.WAP_PUSH and not content.data:
        address, title = wap_push.address_and_title(content.text)
        return (wap_push.PUSH_PORTS,), wap_push.push(address, title, reference)
    if not content.data and not content.udh:
        raise NotText("there is no data")
    try:
        elements, rest = udh.read(content.udh) if content.udh else ((), b"")
    except udh.BadHeader as error:
        raise NotText(str(error)) from None
    if rest:
        raise NotText("there is data behind the header")
    return elements, content.data


def _measured_segments(content: Content) -> Measured:
    """A message its sender cut: each part has to fit as it is."""
    coding = content.coding or 0
    units = 0
    for header, octets in map(own_header, content.segments):
        elements, _ = udh.read(header) if header else ((), b"")
        if len(_places(elements, octets, False, coding)) > 1:
            raise TooLong("a part is longer than a short message")
        units += len(octets)
    if is_unicode(coding):
        return Measured(Coding.UCS2, units // 2, len(content.segments))
    return Measured(Coding.GSM7 if _is_seven_bit(coding) else Coding.BINARY, units, len(content.segments))


def _segment_parts(segments: Sequence[bytes], reference: int) -> list[Part]:
    """The parts as their sender cut them. Several go out under a reference of ours: his may be in use already, by
    another customer who writes to the same handset under the same name. One goes as it is."""
    parts = [Part(*own_header(segment), "") for segment in segments]
    if len(parts) == 1:
        return parts
    numbered: list[Part] = []
    for number, (header, octets, _) in enumerate(parts, 1):
        elements = udh.read(header)[0] if header else ()
        others = [one for one in elements if one.iei not in (udh.CONCATENATED, udh.CONCATENATED_WIDE)]
        numbered.append(Part(udh.concatenation(reference, len(parts), number, others=others), octets, ""))
    return numbered


def _places(header: tuple[udh.Element, ...], data: bytes, wide: bool, coding: int | None) -> range:
    """Where each part of the data begins."""
    taken = len(udh.build(header))
    if taken + len(data) <= udh.MOST_OCTETS:
        return range(1)
    is_part = udh.find_concatenation(header) is not None
    if is_part and _is_seven_bit(coding) and len(data) <= udh.room_for_septets(taken):
        return range(1)  # of a text its sender has cut: the carrier packs the characters
    room = udh.MOST_OCTETS - (taken or 1) - (6 if wide else 5)
    if room < 1 or is_part:
        raise TooLong("the data does not fit into one part, and its header leaves no way to split it")
    places = range(0, len(data), room)
    if len(places) > MOST_PARTS:
        raise TooLong(f"the data needs more than {MOST_PARTS} parts")
    return places


def _is_seven_bit(coding: int | None) -> bool:
    """True if a data coding scheme says characters that go as septets; Latin-1 (1, 3) does on the air."""
    if coding is None or coding & 0x0C:
        return False
    return coding < 0x80 or coding >> 4 == 0xF


def _binary_parts(
    header: tuple[udh.Element, ...], data: bytes, reference: int, wide: bool, coding: int | None
) -> list[Part]:
    places = _places(header, data, wide, coding)
    if len(places) == 1:
        return [Part(udh.build(header), data, "")]
    return [
        Part(
            udh.concatenation(reference, len(places), number, wide=wide, others=header),
            data[start : start + places.step],
            "",
        )
        for number, start in enumerate(places, 1)
    ]
