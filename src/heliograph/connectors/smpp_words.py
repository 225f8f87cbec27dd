"""Our parts as submit_sm, and a carrier's deliver_sm and data_sm as our receipts and incoming messages.

Pure: time is an argument. What a stranger sends raises nothing; a part that has no form on this wire raises
`CannotSend`, which is an outcome.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from heliograph.channels.sms import udh
from heliograph.channels.sms.alphabet import NotText, unpack
from heliograph.channels.sms.content import Encoded, encode_message, septets_of_one
from heliograph.channels.sms.received import Received, data_of, receive, text_of
from heliograph.channels.sms.split import TooLong
from heliograph.connectors.smpp_ids import spellings
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.connectors.smpp_user_data import UDH_INDICATOR, CannotSend, Writer
from heliograph.core.errors import NetworkError
from heliograph.model.message import Attempt, Kind, Message, State
from heliograph.model.receipt import INTERMEDIATE, Heard, Incoming, IncomingPart, Receipt
from heliograph.protocols.smpp import receipt, receipt_date, times, tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, SubmitSm, Tlvs

TYPE_OF_A_NAME: Final = (5, 0)
"""Alphanumeric, of no numbering plan (5.2.5, 5.2.6)."""
SHORTEST_NUMBER: Final = 7
"""A sender of fewer digits is a short code, which has no country."""

_ENDS: Final[dict[str, State]] = {
    "DELIVRD": State.DELIVERED,
    "EXPIRED": State.EXPIRED,
    "UNDELIV": State.UNDELIVERABLE,
    "DELETED": State.UNDELIVERABLE,
    "REJECTD": State.REJECTED,
}
"""Words of a receipt that are an end; any other says that the message is still on its way."""

_OF_GSM: Final = frozenset(
    {
        NetworkError.NO_SUCH_NUMBER,
        NetworkError.OUT_OF_COVERAGE,
        NetworkError.CANNOT_RECEIVE,
        NetworkError.HANDSET_FAULT,
        NetworkError.SUBSCRIBER_BLOCKED,
        NetworkError.NOT_SUPPORTED,
    }
)
"""Our codes that are those of the GSM network themselves (TS 29.002)."""
_NO_TLVS: Final[Tlvs] = ()
_SAR: Final = (tlv.SAR_MSG_REF_NUM, tlv.SAR_TOTAL_SEGMENTS, tlv.SAR_SEGMENT_SEQNUM)
_OURS: Final = frozenset(NetworkError)

RETURNED: Final = (
    tlv.USSD_SERVICE_OP,
    tlv.ITS_SESSION_INFO,
    tlv.USER_MESSAGE_REFERENCE,
    tlv.USER_RESPONSE_CODE,
    tlv.SOURCE_PORT,
    tlv.DESTINATION_PORT,
    tlv.SOURCE_SUBADDRESS,
    tlv.DEST_SUBADDRESS,
    tlv.PAYLOAD_TYPE,
    tlv.PRIVACY_INDICATOR,
    tlv.LANGUAGE_INDICATOR,
    tlv.CALLBACK_NUM,
)
"""Parameters of deliver_sm and data_sm that a customer by SMPP is given as they are (3.4, 4.6.1, 4.7.1)."""
_RETURNED: Final = frozenset({parameter.tag for parameter in RETURNED})


class Words:
    """The words of one carrier."""

    def __init__(self, name: str, settings: SmppSettings) -> None:
        self._name = name
        self._settings = settings
        self._service_type = settings.service_type.encode("ascii")
        self._writer = Writer(settings)
        self.answered_id, self._reported_id = spellings(settings.message_ids)
        self._codes = _OURS if settings.receipt_errors == "smsc" else _OF_GSM
        self._source = lru_cache(maxsize=4_096)(self._source_of)
        self._validity = lru_cache(maxsize=1_024)(times.relative)
        self._date = lru_cache(maxsize=256)(self._date_of)
        self._last: tuple[Message, Encoded] | None = None

    # -- out -----------------------------------------------------------------------------------------------------

    def submit(self, attempt: Attempt, now: int) -> SubmitSm:
        """The submit_sm of a part; `now` is ms since the epoch. Raises `CannotSend`."""
        message, settings = attempt.message, self._settings
        protocol_id = 0
        is_first = attempt.part_first == 1
        septets = septets_of_one(message) if is_first and self._writer.keeps_septets else None
        if septets is not None:
            esm_class, data_coding, short_message, tlvs = 0, settings.gsm_data_coding, septets, _NO_TLVS
        else:
            data_coding, protocol_id, parts = self._encoded(message)
            if attempt.part_first > len(parts):
                raise CannotSend(NetworkError.NOT_SUPPORTED, "there is nothing to send by SMPP")
            esm_class, data_coding, short_message, tlvs = self._writer.write(
                parts, attempt.part_first, attempt.part_last, data_coding
            )
        ton, npi, source = self._source(message.sender)
        return SubmitSm(
            service_type=self._service_type,
            source_addr_ton=ton,
            source_addr_npi=npi,
            source_addr=source,
            dest_addr_ton=settings.dest_ton,
            dest_addr_npi=settings.dest_npi,
            destination_addr=message.recipient.encode("latin-1", "replace"),
            esm_class=esm_class,
            protocol_id=protocol_id,
            validity_period=self._valid_until(message.expires_at, now),
            registered_delivery=settings.registered_delivery | _also_asked(message),
            data_coding=data_coding,
            short_message=short_message,
            tlvs=tlvs + message.content.parameters,
        )

    def _encoded(self, message: Message) -> Encoded:
        """All parts of a message; those of the last long one are kept, for they come one after the other."""
        if self._last is not None and self._last[0] is message:
            return self._last[1]
        if message.content.kind is Kind.HLR:
            raise CannotSend(NetworkError.NOT_SUPPORTED, "there are no look-ups by SMPP")
        try:
            encoded = encode_message(message)
        except (NotText, TooLong) as error:
            raise CannotSend(NetworkError.REJECTED_BY_OPERATOR, str(error)) from None
        if len(encoded.parts) > 1:
            self._last = message, encoded
        return encoded

    def _source_of(self, sender: str) -> tuple[int, int, bytes]:
        bare = sender.removeprefix("+")
        if not (bare.isascii() and bare.isdigit()):
            bare, (ton, npi) = sender, TYPE_OF_A_NAME if sender else (0, 0)
        else:
            ton, npi = (1, 1) if len(bare) >= SHORTEST_NUMBER else (0, 0)
        settings = self._settings
        try:
            octets = bare.encode("latin-1")
        except UnicodeEncodeError:
            raise CannotSend(NetworkError.SENDER_NOT_REGISTERED, "the sender has letters SMPP does not have") from None
        return (
            ton if settings.source_ton < 0 else settings.source_ton,
            npi if settings.source_npi < 0 else settings.source_npi,
            octets,
        )

    def _valid_until(self, expires_at: int, now: int) -> bytes:
        form = self._settings.validity
        if form == "none" or not expires_at:
            return b""
        if form == "absolute":
            return times.absolute(expires_at)
        return self._validity(min(max((expires_at - now) // 1000, 1), times.MOST_RELATIVE_S))

    # -- back ----------------------------------------------------------------------------------------------------

    def event(self, pdu: DeliverSm | DataSm, now: int) -> Heard:
        """What came: a receipt, or a message from a handset, or a part of one."""
        said = receipt.read(pdu)
        return self._incoming(pdu, now) if said is None else self._receipt(pdu, said, now)

    def _receipt(self, pdu: DeliverSm | DataSm, said: receipt.Receipt, now: int) -> Receipt:
        state = None if said.intermediate else _ENDS.get(said.stat)
        word = said.stat or (said.text.word if said.text is not None else "")
        done_at = 0
        if said.text is not None and said.text.done_date:
            done_at = self._date(said.text.done_date, now // times.HOUR)
        return Receipt(
            self._name,
            self._reported_id(said.id),
            state,
            self._error(state, said.err),
            now,
            done_at,
            _number(pdu.source_addr),
            f"{word} err:{said.err}" if said.err.strip("0") else word,
        )

    def _date_of(self, text: str, hour: int) -> int:
        """The time of a date that was read in this hour: carriers write minutes, so thousands of receipts say the
        same."""
        return receipt_date.read(text, hour * times.HOUR, quarters=self._settings.receipt_zone_quarters) or 0

    def _error(self, state: State | None, err: str) -> int:
        if state is None:
            return NetworkError.NONE
        if err.isascii() and err.isdigit() and len(err) < 10 and int(err) in self._codes:
            return int(err)
        if state is State.DELIVERED:
            return NetworkError.NONE
        return NetworkError.OUT_OF_COVERAGE if state is State.EXPIRED else NetworkError.REJECTED_BY_OPERATOR

    def _incoming(self, pdu: DeliverSm | DataSm, now: int) -> Incoming | IncomingPart:
        octets = pdu.short_message if isinstance(pdu, DeliverSm) else b""
        if not octets and pdu.tlvs:
            octets = tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) or b""
        data_coding, alphabet = pdu.data_coding, self._settings.incoming_alphabet
        if data_coding == 0 and alphabet == "latin-1":
            data_coding = 3
        part = receive(octets, data_coding, has_header=bool(pdu.esm_class & UDH_INDICATOR))
        if data_coding == 0 and alphabet == "gsm-packed":
            header = octets[: len(octets) - len(part.octets)]
            fill = udh.fill_bits(header)
            part = part._replace(octets=unpack(part.octets, (8 * len(part.octets) - fill) // 7, fill))
        sender, recipient = _text(pdu.source_addr), _text(pdu.destination_addr)
        place = _place(part, pdu.tlvs)
        if place is not None:
            reference, total, number = place
            header = udh.build(part.elements)
            return IncomingPart(
                0, self._name, sender, recipient, reference, total, number, now, part.data_coding, header, part.octets
            )
        return Incoming(
            0,
            self._name,
            sender,
            recipient,
            text_of([part]),
            now,
            data=data_of([part]) if part.is_binary else b"",
            parameters=tuple([one for one in pdu.tlvs if one[0] in _RETURNED]),
        )


def _also_asked(message: Message) -> int:
    """The bit of registered_delivery that asks for intermediate notifications, where a customer wants them."""
    for target in message.targets:
        if target.endswith(INTERMEDIATE):
            return 0x10
    for part in message.own_parts:
        if part.target.endswith(INTERMEDIATE):
            return 0x10
    return 0


def _place(part: Received, tlvs: Tlvs) -> tuple[str, int, int] | None:
    """Reference with its kind, total and number of a part of a longer message; None for a whole one."""
    said = part.concatenation
    if said is not None:
        return (f"{16 if said.wide else 8}:{said.reference}", said.total, said.number) if said.total > 1 else None
    reference, total, number = (parameter.of(tlvs) for parameter in _SAR) if tlvs else (None, None, None)
    if reference is None or total is None or number is None or not (2 <= total <= 255 and 1 <= number <= total):
        return None
    return f"sar:{reference}", total, number


def _text(address: bytes) -> str:
    return address.decode("latin-1").removeprefix("+")


def _number(address: bytes) -> str:
    """A subscriber's number; "" for what is none."""
    digits = address.removeprefix(b"+")
    return digits.decode("ascii") if digits.isdigit() and len(digits) >= SHORTEST_NUMBER else ""
