"""What simulated carriers say in SMPP: answers, receipts and handsets' texts as PDUs. Pure."""

from __future__ import annotations

from typing import Final

from heliograph.channels.sms.content import encode
from heliograph.model.message import Content, State
from heliograph.protocols.smpp import receipt_date, receipt_text, tlv
from heliograph.protocols.smpp.pdu import DeliverSm, SubmitSm
from heliograph.protocols.smpp.status import Status
from heliograph.simulator import personality
from heliograph.simulator.lines import OwedText, TakenPart
from heliograph.simulator.personality import Answer, Fate

RECEIPT: Final = 0x04
UDH_INDICATOR: Final = 0x40
INTERNATIONAL: Final = 1
ISDN: Final = 1

_WORDS: Final = {
    State.DELIVERED: ("DELIVRD", 2),
    State.EXPIRED: ("EXPIRED", 3),
    State.UNDELIVERABLE: ("UNDELIV", 5),
    State.REJECTED: ("REJECTD", 8),
    None: ("ENROUTE", 1),
}
"""State → the word of the text and message_state."""

_REFUSALS: Final = {
    personality.NO_SUCH_NUMBER: Status.ESME_RINVDSTADR,
    personality.WRONG_FORMAT: Status.ESME_RINVDSTADR,
    personality.FORBIDDEN_NUMBER: Status.ESME_RX_R_APPN,
    personality.CANNOT_RECEIVE: Status.ESME_RX_P_APPN,
    personality.NO_CONTRACT: Status.ESME_RPROHIBITED,
}
_ANSWERS: Final = {
    Answer.TAKEN: Status.ESME_ROK,
    Answer.SILENT: Status.ESME_ROK,
    Answer.LATER: Status.ESME_RX_T_APPN,
    Answer.THROTTLED: Status.ESME_RTHROTTLED,
}


def status_of(fate: Fate) -> Status:
    """The command_status a submit that meets this fate is answered with."""
    if fate.answer is Answer.REFUSED:
        return _REFUSALS.get(fate.error, Status.ESME_RSUBMITFAIL)
    return _ANSWERS[fate.answer]


def octets_of(pdu: SubmitSm) -> bytes:
    """The text of a submit with its header, wherever it is."""
    return pdu.short_message or (tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) or b"" if pdu.tlvs else b"")


def receipt_of(part: TakenPart, number: int, spelled: str) -> DeliverSm:
    """Receipt `number` (from 0) of a part, whose id is spelled so; in text and as optional parameters."""
    due_at, state, error = part.receipts[number]
    word, message_state = _WORDS[state]
    when = receipt_date.printed(due_at)
    text = receipt_text.write(spelled, word, submit_date=when, done_date=when, err=f"{error:03d}")
    octets = spelled.encode("latin-1")
    return DeliverSm(
        source_addr_ton=INTERNATIONAL,
        source_addr_npi=ISDN,
        source_addr=part.recipient.encode("latin-1"),
        destination_addr=part.sender.encode("latin-1"),
        esm_class=RECEIPT,
        short_message=text.encode("latin-1"),
        tlvs=(tlv.RECEIPTED_MESSAGE_ID(octets), tlv.MESSAGE_STATE(message_state)),
    )


def texts_of(text: OwedText) -> list[DeliverSm]:
    """A handset's text, in as many parts as it needs."""
    encoded = encode(Content(text.text), reference=int(text.serial))
    return [
        DeliverSm(
            source_addr_ton=INTERNATIONAL,
            source_addr_npi=ISDN,
            source_addr=text.sender.encode("latin-1", "replace"),
            destination_addr=text.recipient.encode("latin-1", "replace"),
            esm_class=UDH_INDICATOR if part.udh else 0,
            data_coding=encoded.data_coding,
            short_message=part.udh + part.octets,
        )
        for part in encoded.parts
    ]
