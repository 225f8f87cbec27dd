"""The two sides of an SMPP session: the ESME that binds, and the message centre that is bound to."""

from __future__ import annotations

from typing import TypeVar

from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.events import BindRefused, Bound, Event
from heliograph.protocols.smpp.pdu import (
    RESPONSE,
    AlertNotification,
    Bind,
    BindResp,
    GenericNack,
    Outbind,
    Pdu,
    answer_to,
)
from heliograph.protocols.smpp.session import VERSION, Limits, NotAllowed, Session
from heliograph.protocols.smpp.states import Side, State, may_send

Tag = TypeVar("Tag")


class EsmeSession(Session[Tag]):
    """The client's side: it binds, submits, and takes what is delivered."""

    def __init__(self, limits: Limits, now: int) -> None:
        super().__init__(Side.ESME, limits, now)

    def bind(self, bind: Bind) -> None:
        """Ask to be bound; `Bound` or `BindRefused` follows. Raises `NotAllowed`, and `CannotEncode`."""
        if self._binding is not None or not may_send(bind.__class__, self._side, self.state):
            raise NotAllowed(f"no bind now: the session is {self.state.value}")
        self._numbered(bind)
        self._binding = bind

    def _bind_answered(self, response: Pdu, now: int, events: list[Event[Tag]]) -> bool:
        bind = self._binding
        if bind is None or response.sequence_number != bind.sequence_number:
            return False
        if response.command_id not in (bind.command_id | RESPONSE, GenericNack.command_id):
            return False
        if response.command_status or isinstance(response, GenericNack):
            self._binding = None
            events.append(BindRefused(response))
        else:
            self.version = tlv.SC_INTERFACE_VERSION.of(response.tlvs)
            self._bound(bind, now)
            events.append(Bound(response, self.version))
        return True


class McSession(Session[Tag]):
    """The message centre's side: it is bound to, takes messages, and delivers."""

    def __init__(self, limits: Limits, now: int) -> None:
        super().__init__(Side.MC, limits, now)

    def accept(self, bind: Bind, system_id: bytes, now: int) -> None:
        """Answer a bind with yes, naming ourselves. Does nothing when the session has ended meanwhile."""
        if self._binding is not bind or self.is_over:
            return
        response = answer_to(bind)
        assert isinstance(response, BindResp)
        response.system_id = system_id
        self.version = bind.interface_version
        if self.takes_tlvs:
            response.tlvs = (tlv.SC_INTERFACE_VERSION(VERSION),)
        self._write(response)
        self._bound(bind, now)

    def refuse(self, bind: Bind, status: int) -> None:
        """Answer a bind with no; the peer may try again until session_init runs out, or the owner closes."""
        if self._binding is bind and not self.is_over:
            self._binding = None
            self._write(answer_to(bind, status))

    def outbind(self, outbind: Outbind) -> None:
        """Ask to be bound to. Raises `NotAllowed`, and `CannotEncode`."""
        if not may_send(Outbind, self._side, self.state):
            raise NotAllowed(f"no outbind now: the session is {self.state.value}")
        self._numbered(outbind)
        self._enter(State.OUTBOUND)

    def alert(self, alert: AlertNotification) -> None:
        """Tell that a handset is there again; nobody answers. Raises `NotAllowed`, and `CannotEncode`."""
        if self._is_leaving or not may_send(AlertNotification, self._side, self.state):
            raise NotAllowed(f"no alert now: the session is {self.state.value}")
        self._numbered(alert)
