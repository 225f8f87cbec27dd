"""What a service centre says became of a short message: TP-Status of a status report (3GPP TS 23.040, 9.2.3.15).

Links that carry status reports as they are on the air (modems, MAP, some SMPP carriers) say it by these numbers. Here
each is a state of ours and a sentence; receipts in words are SMPP's own and are read there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from heliograph.model.message import State


class Reported(NamedTuple):
    """What a TP-Status means. `state` None: not the end, or nobody knows. `text` is a sentence without a full stop."""

    state: State | None
    text: str


_REASONS: Final = (
    "the network is congested",
    "the handset is busy",
    "the handset does not respond",
    "the service was rejected",
    "the quality of service is not available",
    "an error in the handset",
)

_ENDS: Final = {
    0x00: Reported(State.DELIVERED, "received by the handset"),
    0x01: Reported(None, "forwarded to the handset, but the service centre cannot confirm the delivery"),
    0x02: Reported(State.UNDELIVERABLE, "replaced by the service centre"),
    0x40: Reported(State.UNDELIVERABLE, "remote procedure error"),
    0x41: Reported(State.UNDELIVERABLE, "incompatible destination"),
    0x42: Reported(State.UNDELIVERABLE, "the connection was rejected by the handset"),
    0x43: Reported(State.UNDELIVERABLE, "not obtainable"),
    0x44: Reported(State.UNDELIVERABLE, "the quality of service is not available"),
    0x45: Reported(State.UNDELIVERABLE, "no interworking is available"),
    0x46: Reported(State.EXPIRED, "the validity period expired"),
    0x47: Reported(State.UNDELIVERABLE, "deleted by its sender"),
    0x48: Reported(State.UNDELIVERABLE, "deleted by the service centre's administration"),
    0x49: Reported(State.UNDELIVERABLE, "the message does not exist"),
}


def reported(tp_status: int) -> Reported:
    """The meaning of a TP-Status, 0 to 255; a reserved or private one means what its group means."""
    known = _ENDS.get(tp_status)
    if known is not None:
        return known
    group, number = tp_status >> 5, tp_status & 0x1F
    reason = _REASONS[number] if number < len(_REASONS) else f"a reason of the service centre's own, 0x{tp_status:02X}"
    if group == 0:
        return Reported(None, f"ended, the service centre does not say how: 0x{tp_status:02X}")
    if group == 1:
        return Reported(None, f"{reason}; the service centre still tries")
    if group == 2:
        return Reported(State.UNDELIVERABLE, f"failed for a reason of the service centre's own, 0x{tp_status:02X}")
    if group == 3:
        return Reported(State.UNDELIVERABLE, f"{reason}; the service centre no longer tries")
    return Reported(None, f"a status the standard keeps for later, 0x{tp_status:02X}")
