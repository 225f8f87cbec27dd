"""What goes back over SMPP: receipts and incoming messages as deliver_sm (SMPP 3.4, 4.6, appendix B).

A receipt says the same three times, in its text, in its parameters and in esm_class, with the id that submit_sm_resp
gave (smsc-protocols.md 2.3, smsclub.md 7). Nothing here decides who gets one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus

from heliograph.channels.sms.alphabet import NotText, encode_gsm7, encode_ucs2
from heliograph.dialects.smpp import Flavour
from heliograph.dialects.smpp_submit import DELIVERED_ONLY, FAILED_ONLY, NO_END
from heliograph.dialects.smsc_words import QUERY_FIELDS, error_at, flag_of
from heliograph.model.message import Kind, Message, MessageId, Network, State
from heliograph.model.money import show_price
from heliograph.model.receipt import INTERMEDIATE, Incoming, Notice
from heliograph.protocols.smpp import receipt_text, tlv
from heliograph.protocols.smpp.pdu import DeliverSm
from heliograph.protocols.smpp.receipt_date import printed

RECEIPT: Final = 0x04
"""esm_class of a receipt (3.4, 5.2.12)."""
NOTIFICATION: Final = 0x20
"""esm_class of an intermediate notification: not the end."""

COST: Final = tlv.Text("cost", 0x2000, 1, 7)
FLAG: Final = tlv.Number("flag", 0x2001, 2, 2)
PARTS: Final = tlv.Number("parts", 0x2002, 2, 2)
MCCMNC: Final = tlv.Text("mccmnc", 0x2003, 1, 6)
"""SMSC's own parameters (smsc-protocols.md 2.3)."""

_LONGEST: Final = 254
"""Octets of short_message; what is longer goes as message_payload (3.4, 5.2.21)."""
_LONGEST_ADDRESS: Final = 20
_GSM_NETWORK: Final = 3
"""Network type of network_error_code (3.4, 5.3.2.31)."""
_MESSAGE_STATES: Final = {number: tlv.MESSAGE_STATE(number) for number in range(10)}
_ON_ITS_WAY: Final = State.SENT
_TOLD: Final = frozenset({State.READ, State.CLICKED})
"""What SMPP has no word for: the customer was told of the delivery before."""


def is_wanted(notice: Notice) -> bool:
    """False for a state the sender did not ask to hear of, or has no word for."""
    state, target = notice.state, notice.target
    if state in _TOLD:
        return False
    if "?" not in target or state is _ON_ITS_WAY:
        return True
    end = target.removesuffix(INTERMEDIATE)
    if end.endswith(FAILED_ONLY):
        return state is not State.DELIVERED
    if end.endswith(DELIVERED_ONLY):
        return state is State.DELIVERED
    return not end.endswith(NO_END)


def message_id(message: Message) -> bytes:
    """The id a customer knows a message by: decimal, that of a submit_multi's first message for all of them."""
    return (message.shown_id or str(message.id)).encode("latin-1")


def read_id(given: bytes) -> MessageId:
    """A message id of ours; 0 for what is none."""
    return int(given) if given.isdigit() and len(given) <= 16 else 0


def receipt(
    notice: Notice,
    flavour: Flavour,
    *,
    quarters: int,
    with_tlvs: bool,
    second_balance: bool,
    vendor_tlvs: bool | None = None,
) -> DeliverSm:
    """The receipt of a status notice; dates are `quarters` quarters of an hour ahead of UTC.

    `with_tlvs` False for peers that may choke on parameters; `second_balance`: the message was paid from it.
    `vendor_tlvs`: SMSC's 0x2000 to 0x2003 are among the parameters, None = as the flavour has it.
    """
    message, state = notice.message, notice.state
    assert message is not None
    assert state is not None
    number, stat = flavour.word(state, notice.error)
    part = message.own_parts[notice.part - 1] if message.own_parts and notice.part else None
    given_id = (message.shown_id or str(message.id)) if part is None else (part.shown_id or str(part.id))
    error = error_at(state, notice.error) if flavour.tells_errors else 0
    content = message.content
    if content.kind is Kind.HLR and flavour.special_texts:
        text = _look_up(given_id, stat, error, message.network or Network())
    else:
        text = receipt_text.write(
            given_id,
            stat,
            submit_date=printed(message.accepted_at if part is None else part.accepted_at, quarters=quarters),
            done_date=printed(notice.created_at, quarters=quarters),
            err=f"{error:03d}" if error else "000",
            text=content.text[:20],
            dlvrd=int(flavour.name == "smsc" or stat == "DELIVRD"),
        )
    tlvs: tuple[tuple[int, bytes], ...] = ()
    if with_tlvs:
        tlvs = (tlv.RECEIPTED_MESSAGE_ID(given_id.encode("latin-1")), _MESSAGE_STATES[number])
        if content.parameters:
            tlvs += tuple([one for one in content.parameters if one[0] == tlv.USER_MESSAGE_REFERENCE.tag])
        if error:
            tlvs += (tlv.NETWORK_ERROR_CODE(bytes((_GSM_NETWORK, 0, error & 0xFF))),)
        if flavour.vendor_tlvs if vendor_tlvs is None else vendor_tlvs:
            shares = sum(bool(one.target) for one in message.own_parts) > 1 if part is not None else False
            tlvs += tuple(_vendor(message, second_balance=second_balance, shares=message.parts if shares else 1))
    ton, npi, sender = _named(message.sender)
    return DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=_address(message.recipient or message.recipient_given),
        dest_addr_ton=ton,
        dest_addr_npi=npi,
        destination_addr=sender,
        esm_class=RECEIPT if state is not _ON_ITS_WAY else NOTIFICATION,
        short_message=text.encode("ascii", "replace")[:_LONGEST],
        tlvs=tlvs,
    )


def incoming(message: Incoming, *, with_tlvs: bool = True) -> DeliverSm:
    """A handset's message: in the default alphabet where that has all of it, else in UCS-2; data as octets.

    `with_tlvs` as in `receipt`; a text that is too long for anything else goes as a parameter all the same.
    """
    ton, npi, recipient = _named(message.recipient)
    pdu = DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=_address(message.sender),
        dest_addr_ton=ton,
        dest_addr_npi=npi,
        destination_addr=recipient,
    )
    pdu.data_coding, octets = _written(message)
    if len(octets) > _LONGEST:
        pdu.tlvs = (tlv.MESSAGE_PAYLOAD(octets),)
    else:
        pdu.short_message = octets
    if with_tlvs:
        pdu.tlvs += message.parameters
    return pdu


def _written(message: Incoming) -> tuple[int, bytes]:
    if message.data and not message.text:
        return 4, message.data
    try:
        return 0, encode_gsm7(message.text)
    except NotText:
        pass
    try:
        return 8, encode_ucs2(message.text)
    except NotText:
        return 8, message.text.encode("utf-16-be", "replace")


def _vendor(message: Message, *, second_balance: bool, shares: int) -> list[tuple[int, bytes]]:
    """`shares` is how many receipts speak of a part of the message each."""
    found = [
        COST(show_price((message.price - message.refunded) // shares, 4)[:6].encode("ascii")),
        FLAG(flag_of(message, second_balance=second_balance)),
        PARTS(message.parts // shares),
    ]
    return [*found, MCCMNC(message.operator[:5].encode("ascii"))] if message.operator else found


def _look_up(upstream_id: str, stat: str, error: int, network: Network) -> str:
    """The receipt of a look-up (smsc-protocols.md 2.3)."""
    values = (
        network.imsi, network.msc, network.mcc, network.mnc, network.country, network.operator,
        network.roaming_country, network.roaming_operator,
    )  # fmt: skip
    told = " ".join(f"{name}:{quote_plus(value)}" for name, value in zip(QUERY_FIELDS, values, strict=True))
    return f"id:{upstream_id} stat:{stat} err:{error:03d} {told}"


@lru_cache(maxsize=4_096)
def _named(address: str) -> tuple[int, int, bytes]:
    """Type, numbering plan and octets of a name or a number of ours (3.4, 5.2.5)."""
    is_number = address.lstrip("+").isdigit()
    return (1, 1, _address(address)) if is_number else (5, 0, _address(address))


def _address(text: str) -> bytes:
    return text.replace("\0", "").encode("latin-1", "replace")[:_LONGEST_ADDRESS]
