"""A delivery receipt as a deliver_sm or data_sm carries it: its optional parameters, its text, or both (3.4, 2.11).

Where both speak, the parameters win: they are made for machines, the text for people, and it is cut off or misspelt
more often. The text's own words stay visible. That a PDU is a receipt is said by esm_class; carriers that forget to say
so are believed when a parameter or the text names a message and its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heliograph.protocols.smpp import receipt_text, tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm
from heliograph.protocols.smpp.receipt_text import MESSAGE_STATES, ReceiptText

_ID: Final = tlv.RECEIPTED_MESSAGE_ID.tag
_STATE: Final = tlv.MESSAGE_STATE.tag
_ERROR: Final = tlv.NETWORK_ERROR_CODE.tag
_MESSAGE_TYPE: Final = 0x3C
_ORDINARY: Final = 0x00
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20
_ACKNOWLEDGEMENTS: Final = (0x08, 0x10)
"""esm_class of what handsets and people say about a message themselves: no receipts (5.2.12)."""


@dataclass(slots=True)
class Receipt:
    """What a carrier reports of a message. `id` and `stat` are "" where nothing names them."""

    id: str
    """As spelt in receipted_message_id, else in the text."""
    other_id: str
    """The text's id where it is another one than the parameter's, else ""."""
    stat: str
    """A value of `receipt_text.STATES`: message_state's, else the text's."""
    err: str
    """As spelt in the text, else the code of network_error_code in decimal."""
    network_error: tuple[int, int] | None
    """network_error_code: the network's type and its code."""
    intermediate: bool
    """True for an intermediate notification: not the end."""
    text: ReceiptText | None
    """What the text says; None if it is no receipt's."""


def read(pdu: DeliverSm | DataSm) -> Receipt | None:
    """The receipt in a PDU from a message centre; None for an ordinary message."""
    message_type = pdu.esm_class & _MESSAGE_TYPE
    if message_type in _ACKNOWLEDGEMENTS:
        return None
    told_id: bytes | None = None
    told_state: int | None = None
    network_error: tuple[int, int] | None = None
    for tag, value in reversed(pdu.tlvs):  # in one look; of several with one tag the first counts
        if tag == _ID:
            told_id = tlv.text_in(value)
        elif tag == _STATE:
            told_state = tlv.number_in(value)
        elif tag == _ERROR:
            network_error = _network_error(value)
    text = receipt_text.parse(_text_of(pdu))
    if message_type == _ORDINARY and not _gives_itself_away(told_id, told_state, text):
        return None
    text_id, stat, err = (text.id, text.stat, text.err) if text is not None else ("", "", "")
    upstream_id = told_id.decode("latin-1").strip() if told_id else ""
    return Receipt(
        upstream_id or text_id,
        text_id if upstream_id and text_id != upstream_id else "",
        (told_state is not None and MESSAGE_STATES.get(told_state)) or stat,
        err or (str(network_error[1]) if network_error else ""),
        network_error,
        message_type == _INTERMEDIATE,
        text,
    )


def _gives_itself_away(told_id: bytes | None, told_state: int | None, text: ReceiptText | None) -> bool:
    return bool(told_id and told_state is not None) or (
        text is not None and bool(text.stat) and bool(told_id or text.id)
    )


def _text_of(pdu: DeliverSm | DataSm) -> str:
    octets = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    if not octets and pdu.tlvs:
        octets = tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) or b""
    # The text is ASCII where it matters; in UCS-2 every other octet of that is 0, whatever data_coding says.
    if octets[:1] == b"\0" and octets[2:3] == b"\0":
        return octets.decode("utf-16-be", "replace")
    return octets.decode("latin-1")


def _network_error(value: bytes) -> tuple[int, int] | None:
    return (value[0], int.from_bytes(value[1:], "big")) if len(value) == 3 else None
