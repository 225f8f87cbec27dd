"""A simulated carrier's habits on SMPP's wire: how it spells ids, which statuses and parameters are its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from heliograph.channels.sms.content import is_unicode
from heliograph.protocols.smpp.pdu import DeliverSm, Pdu, SubmitSm
from heliograph.protocols.smpp.status import Status
from heliograph.simulator import smpp_words
from heliograph.simulator.lines import TakenPart
from heliograph.simulator.personality import Answer, Fate

Ids = Literal["decimal", "hex", "upper_hex", "zeros", "blanks"]
"""How an id is written: 1234, 4d2, 4D2, 0000001234, " 1234"."""
ReceiptForm = Literal["both", "text", "parameters"]

_OWN_TLVS: Final = ((0x1501, b"\x07own"), (0x3FFF, b""))
"""Of a tag for vendors, and of one that is reserved."""

P = TypeVar("P", bound=Pdu)


@dataclass(frozen=True, slots=True)
class Wire:
    """`ids` is the spelling of answers, `receipt_ids` that of receipts. A status of 0 is the usual one."""

    ids: Ids = "decimal"
    receipt_ids: Ids = "decimal"
    receipts: ReceiptForm = "both"
    """Where a receipt says what it says: in its text, in its parameters, or in both."""
    unicode_only: bool = False
    """Every other alphabet is refused with ESME_RINVDCS."""
    own_tlvs: bool = False
    """Whatever it sends has parameters nobody knows."""
    refused_status: int = 0
    later_status: int = 0
    throttled_status: int = 0
    deaf_after_ms: int = 0
    """So long after a bind the link is half-open: nothing is heard or said any more, and it stays open; 0 = never."""
    backwards: bool = False
    """What is due at one moment is sent in the opposite order."""

    def told(self, serial: str) -> bytes:
        """The id in an answer."""
        return _spelled(serial, self.ids)

    def status(self, fate: Fate) -> int:
        """The command_status of an answer."""
        own = {
            Answer.REFUSED: self.refused_status,
            Answer.LATER: self.later_status,
            Answer.THROTTLED: self.throttled_status,
        }
        return own.get(fate.answer, 0) or smpp_words.status_of(fate)

    def refuses(self, pdu: SubmitSm) -> int:
        """The status that refuses a message for its form; 0 if it is well."""
        return Status.ESME_RINVDCS if self.unicode_only and not is_unicode(pdu.data_coding) else 0

    def receipt(self, part: TakenPart, number: int) -> DeliverSm:
        """Receipt `number` (from 0) of a part."""
        known = part.upstream_id
        spelled = _spelled(known, self.receipt_ids).decode("ascii") if known.isdigit() else known
        pdu = smpp_words.receipt_of(part, number, spelled)
        if self.receipts == "text":
            pdu.tlvs = ()
        elif self.receipts == "parameters":
            pdu.short_message = b""
        return self.dressed(pdu)

    def dressed(self, pdu: P) -> P:
        """The PDU with this carrier's own parameters; a copy, for one that is repeated gets a number each time."""
        return replace(pdu, tlvs=pdu.tlvs + _OWN_TLVS) if self.own_tlvs else replace(pdu)


def _spelled(serial: str, ids: Ids) -> bytes:
    number = int(serial)
    if ids == "hex":
        return b"%x" % number
    if ids == "upper_hex":
        return b"%X" % number
    if ids == "zeros":
        return b"%016d" % number
    return b" %d" % number if ids == "blanks" else b"%d" % number
