"""What the SMPP door knows of SMPP, as a page: every PDU with who may send it when, every optional parameter with its
use. Made of the tables the code runs on: `python -m heliograph.doors.smpp_table > docs/doors/smpp-pdus.md`.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects.smpp_deliver import COST, FLAG, MCCMNC, PARTS
from heliograph.dialects.smpp_submit import PASSED
from heliograph.protocols.smpp import pdu, tlv
from heliograph.protocols.smpp.states import REQUESTS, Side

READ: Final = (
    tlv.MESSAGE_PAYLOAD,
    tlv.SAR_MSG_REF_NUM,
    tlv.SAR_TOTAL_SEGMENTS,
    tlv.SAR_SEGMENT_SEQNUM,
    tlv.QOS_TIME_TO_LIVE,
)
"""Parameters that say what is to be sent, and how."""
WRITTEN: Final = (
    tlv.SC_INTERFACE_VERSION,
    tlv.RECEIPTED_MESSAGE_ID,
    tlv.MESSAGE_STATE,
    tlv.NETWORK_ERROR_CODE,
    tlv.USER_MESSAGE_REFERENCE,
    tlv.MESSAGE_PAYLOAD,
    COST,
    FLAG,
    PARTS,
    MCCMNC,
)
"""Parameters of what the door sends: answers to binds, receipts, incoming messages."""

_SIDES: Final = ((Side.ESME, "customer"), (Side.MC, "gateway"))


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(
        [
            "# PDUs and optional parameters of SMPP",
            "",
            "Made by `python -m heliograph.doors.smpp_table` of the tables the code runs on; what the door does with",
            "each request is on [its page](smpp.md). A PDU that is not here, or comes when it may not, is answered",
            "with an error, and the bind lives.",
            "",
            "| PDU | command_id | sent by | when |",
            "|---|---|---|---|",
            *(_pdu_line(kind) for kind in sorted(pdu.ALL, key=lambda kind: kind.command_id)),
            "",
            "An optional parameter that is not here is read, kept in the PDU and passed over.",
            "",
            "| parameter | tag | octets | submitted | sent |",
            "|---|---|---|---|---|",
            *(_parameter_line(one) for one in sorted({*tlv.ALL, *WRITTEN}, key=lambda one: one.tag)),
            "",
        ]
    )


def _pdu_line(kind: type[pdu.Pdu]) -> str:
    allowed = REQUESTS.get(kind)
    name = f"| {kind.name} | 0x{kind.command_id:08X}"
    if allowed is None:
        what = "either" if kind is pdu.GenericNack else "who is asked"
        return f"{name} | {what} | {'to what cannot be read' if kind is pdu.GenericNack else 'as an answer'} |"
    by = [word for side, word in _SIDES if side in allowed]
    states = {state for side in allowed for state in allowed[side]}
    return f"{name} | {', '.join(by)} | {', '.join(sorted(state.value for state in states))} |"


def _parameter_line(one: tlv.Parameter) -> str:
    octets = f"{one.least}" if one.least == one.most else f"{one.least} to {one.most}"
    submitted = "read" if one in READ else "passed on" if one in PASSED else "passed over"
    return f"| {one.name} | 0x{one.tag:04X} | {octets} | {submitted} | {'yes' if one in WRITTEN else ''} |"


if __name__ == "__main__":
    print(page(), end="")
