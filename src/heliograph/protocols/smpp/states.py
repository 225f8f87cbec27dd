"""Who may send which PDU in which state of a session (SMPP 3.4, 2.2 and 2.3; widened as 5.0 does), as a table.

A session has two sides, the ESME and the MC (message centre), and one state both agree on. The table knows neither
which side we are nor what is to be done about a breach.
"""

from __future__ import annotations

from enum import Enum, Flag, auto
from typing import Final

from heliograph.protocols.smpp import pdu
from heliograph.protocols.smpp.pdu import Pdu


class Side(Flag):
    """Who sends."""

    ESME = auto()
    MC = auto()
    BOTH = ESME | MC


class State(Enum):
    """Where a session is. Values are words for people."""

    OPEN = "open"
    OUTBOUND = "outbound"
    BOUND_TX = "bound as transmitter"
    BOUND_RX = "bound as receiver"
    BOUND_TRX = "bound as transceiver"
    CLOSED = "closed"

    @property
    def is_bound(self) -> bool:
        """True for the three in which messages travel."""
        return self in BOUND


BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
_UNBINDABLE: Final = frozenset({State.OPEN, State.OUTBOUND})
_TRANSMITTING: Final = frozenset({State.BOUND_TX, State.BOUND_TRX})
_RECEIVING: Final = frozenset({State.BOUND_RX, State.BOUND_TRX})
_LIVING: Final = frozenset(State) - {State.CLOSED}

BINDS: Final[dict[type[Pdu], State]] = {
    pdu.BindTransmitter: State.BOUND_TX,
    pdu.BindReceiver: State.BOUND_RX,
    pdu.BindTransceiver: State.BOUND_TRX,
}
"""Where each bind leads."""

REQUESTS: Final[dict[type[Pdu], dict[Side, frozenset[State]]]] = {
    pdu.BindTransmitter: {Side.ESME: _UNBINDABLE},
    pdu.BindReceiver: {Side.ESME: _UNBINDABLE},
    pdu.BindTransceiver: {Side.ESME: _UNBINDABLE},
    pdu.Outbind: {Side.MC: frozenset({State.OPEN})},
    pdu.Unbind: {Side.ESME: BOUND, Side.MC: BOUND},
    pdu.SubmitSm: {Side.ESME: _TRANSMITTING},
    pdu.SubmitMulti: {Side.ESME: _TRANSMITTING},
    pdu.DataSm: {Side.ESME: _TRANSMITTING, Side.MC: _RECEIVING},
    pdu.QuerySm: {Side.ESME: _TRANSMITTING},
    pdu.CancelSm: {Side.ESME: _TRANSMITTING},
    pdu.ReplaceSm: {Side.ESME: _TRANSMITTING},
    pdu.DeliverSm: {Side.MC: _RECEIVING},
    pdu.AlertNotification: {Side.MC: _RECEIVING},
    pdu.EnquireLink: {Side.ESME: _LIVING, Side.MC: _LIVING},
}
"""Request → who may send it, and in which states. What answers a request may come whenever that was sent."""

CARRIED: Final = frozenset(
    {pdu.SubmitSm, pdu.SubmitMulti, pdu.DataSm, pdu.QuerySm, pdu.CancelSm, pdu.ReplaceSm, pdu.DeliverSm}
)
"""The requests a session is for: they go through a window. The others keep the session itself going."""


def carried(side: Side, state: State) -> frozenset[type[Pdu]]:
    """Those of `CARRIED` that `side`, ESME or MC, may send now."""
    return frozenset(kind for kind in CARRIED if may_send(kind, side, state))


def may_send(kind: type[Pdu], side: Side, state: State) -> bool:
    """True if `side`, ESME or MC, may send this request now; False for responses, which the table does not have."""
    allowed = REQUESTS.get(kind)
    return allowed is not None and state in allowed.get(side, frozenset())
