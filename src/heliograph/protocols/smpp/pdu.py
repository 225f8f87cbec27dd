"""Every PDU of SMPP 3.4 as a table of its mandatory fields, in the order they travel (section 4).

This table is the only place that knows what a PDU is made of: `codec` makes its reading and writing from the
annotations. C-octet strings are `bytes` without their NUL. Counts (sm_length, number_of_dests, no_unsuccess) and
lengths are not kept, they follow from what they count. A PDU prints without its texts, numbers and passwords.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, Final

from heliograph.protocols.smpp.fields import (
    Counted,
    CString,
    Destination,
    Int,
    Listed,
    UnsuccessfulSme,
    read_destinations,
    read_unsuccessful,
    write_destinations,
    write_unsuccessful,
)
from heliograph.protocols.smpp.status import Status, named

RESPONSE: Final = 0x80000000
"""The bit of a command_id that says "I answer"."""

Tlvs = tuple[tuple[int, bytes], ...]
"""Optional parameters in the order they travel, tag and value as on the wire; `tlv` reads and makes them by name. A
last pair with the tag `tlv.REST` has octets at the end that are no optional parameter."""

Octet = Annotated[int, Int(1)]
Long = Annotated[int, Int(4)]
ServiceType = Annotated[bytes, CString(6, Status.ESME_RINVSERTYP)]
SourceAddr = Annotated[bytes, CString(21, Status.ESME_RINVSRCADR)]
DestinationAddr = Annotated[bytes, CString(21, Status.ESME_RINVDSTADR)]
LongSourceAddr = Annotated[bytes, CString(65, Status.ESME_RINVSRCADR)]
LongDestinationAddr = Annotated[bytes, CString(65, Status.ESME_RINVDSTADR)]
ScheduleTime = Annotated[bytes, CString(17, Status.ESME_RINVSCHED)]
ValidityPeriod = Annotated[bytes, CString(17, Status.ESME_RINVEXPIRY)]
ShortMessage = Annotated[bytes, Counted(Status.ESME_RINVMSGLEN)]
MessageId = Annotated[bytes, CString(65, Status.ESME_RINVMSGID)]
# What comes from a message centre or names an account is taken somewhat longer than the specification allows: there are
# centres whose ids and senders, and accounts whose logins and passwords, do not fit.
GivenMessageId = Annotated[bytes, CString(65, Status.ESME_RINVMSGID, tolerated=255)]
GivenSourceAddr = Annotated[bytes, CString(21, Status.ESME_RINVSRCADR, tolerated=65)]
GivenDestinationAddr = Annotated[bytes, CString(21, Status.ESME_RINVDSTADR, tolerated=65)]
SystemId = Annotated[bytes, CString(16, Status.ESME_RINVSYSID, tolerated=65)]
Password = Annotated[bytes, CString(9, Status.ESME_RINVPASWD, tolerated=65)]
SystemType = Annotated[bytes, CString(13, Status.ESME_RINVSYSTYP, tolerated=33)]


@dataclass(slots=True, kw_only=True, repr=False)
class Pdu:
    """What all PDUs have. `sequence_number` is 1 to 0x7FFFFFFF in PDUs that keep to the specification."""

    name: ClassVar[str] = ""
    command_id: ClassVar[int] = 0
    may_end_early: ClassVar[bool] = False
    """True where a PDU that ends before its last fields is taken, these fields being as if empty or 0."""
    keeps_rest: ClassVar[bool] = False
    """True where a broken optional part is kept as `tlv.REST` instead of being refused."""

    sequence_number: int = 0
    command_status: int = 0
    tlvs: Tlvs = ()

    def __repr__(self) -> str:
        """Its name, number and status; of its fields the numbers, and of the others how long they are."""
        said = [self.name, str(self.sequence_number)]
        if self.command_status or self.command_id & RESPONSE:
            said.append(named(self.command_status))
        for field in fields(self)[3:]:
            value = getattr(self, field.name)
            if isinstance(value, int):
                said.append(f"{field.name}={value}")
            elif value:
                said.append(f"{field.name}=<{len(value)}>")
        said.extend(f"0x{tag:04X}=<{len(value)}>" if tag >= 0 else f"rest=<{len(value)}>" for tag, value in self.tlvs)
        return f"<{' '.join(said)}>"


@dataclass(slots=True, kw_only=True, repr=False)
class Bind(Pdu):
    """What the three binds have in common (4.1.1, 4.1.3, 4.1.5)."""

    may_end_early = True
    keeps_rest = True

    system_id: SystemId = b""
    password: Password = b""
    system_type: SystemType = b""
    interface_version: Octet = 0x34
    addr_ton: Octet = 0
    addr_npi: Octet = 0
    address_range: Annotated[bytes, CString(41)] = b""


class BindReceiver(Bind):
    """4.1.3."""

    __slots__ = ()
    name = "bind_receiver"
    command_id = 0x00000001


class BindTransmitter(Bind):
    """4.1.1."""

    __slots__ = ()
    name = "bind_transmitter"
    command_id = 0x00000002


class BindTransceiver(Bind):
    """4.1.5."""

    __slots__ = ()
    name = "bind_transceiver"
    command_id = 0x00000009


@dataclass(slots=True, kw_only=True, repr=False)
class BindResp(Pdu):
    """What the three answers to a bind have in common (4.1.2, 4.1.4, 4.1.6)."""

    may_end_early = True
    keeps_rest = True

    system_id: SystemId = b""


class BindReceiverResp(BindResp):
    """4.1.4."""

    __slots__ = ()
    name = "bind_receiver_resp"
    command_id = 0x80000001


class BindTransmitterResp(BindResp):
    """4.1.2."""

    __slots__ = ()
    name = "bind_transmitter_resp"
    command_id = 0x80000002


class BindTransceiverResp(BindResp):
    """4.1.6."""

    __slots__ = ()
    name = "bind_transceiver_resp"
    command_id = 0x80000009


@dataclass(slots=True, kw_only=True, repr=False)
class Outbind(Pdu):
    """4.1.7: the message centre asks to be bound to."""

    name = "outbind"
    command_id = 0x0000000B
    may_end_early = True
    keeps_rest = True

    system_id: SystemId = b""
    password: Password = b""


@dataclass(slots=True, kw_only=True, repr=False)
class Bare(Pdu):
    """A PDU without mandatory fields; extra octets are kept."""

    keeps_rest = True


class Unbind(Bare):
    """4.2.1."""

    __slots__ = ()
    name = "unbind"
    command_id = 0x00000006


class UnbindResp(Bare):
    """4.2.2."""

    __slots__ = ()
    name = "unbind_resp"
    command_id = 0x80000006


class GenericNack(Bare):
    """4.3.1."""

    __slots__ = ()
    name = "generic_nack"
    command_id = 0x80000000


class EnquireLink(Bare):
    """4.11.1."""

    __slots__ = ()
    name = "enquire_link"
    command_id = 0x00000015


class EnquireLinkResp(Bare):
    """4.11.2."""

    __slots__ = ()
    name = "enquire_link_resp"
    command_id = 0x80000015


@dataclass(slots=True, kw_only=True, repr=False)
class SubmitSm(Pdu):
    """4.4.1."""

    name = "submit_sm"
    command_id = 0x00000004

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: SourceAddr = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: DestinationAddr = b""
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: ScheduleTime = b""
    validity_period: ValidityPeriod = b""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortMessage = b""


@dataclass(slots=True, kw_only=True, repr=False)
class DeliverSm(Pdu):
    """4.6.1: submit_sm's fields, from a message centre."""

    name = "deliver_sm"
    command_id = 0x00000005
    keeps_rest = True

    service_type: Annotated[bytes, CString(6, Status.ESME_RINVSERTYP, tolerated=33)] = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: GivenSourceAddr = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: GivenDestinationAddr = b""
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: Annotated[bytes, CString(17, Status.ESME_RINVSCHED, tolerated=33)] = b""
    validity_period: Annotated[bytes, CString(17, Status.ESME_RINVEXPIRY, tolerated=33)] = b""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortMessage = b""


@dataclass(slots=True, kw_only=True, repr=False)
class MessageResp(Pdu):
    """An answer that names a message: what submit_sm_resp, deliver_sm_resp and data_sm_resp have in common."""

    may_end_early = True
    keeps_rest = True

    message_id: GivenMessageId = b""


class SubmitSmResp(MessageResp):
    """4.4.2."""

    __slots__ = ()
    name = "submit_sm_resp"
    command_id = 0x80000004


class DeliverSmResp(MessageResp):
    """4.6.2; its message_id is not used."""

    __slots__ = ()
    name = "deliver_sm_resp"
    command_id = 0x80000005


@dataclass(slots=True, kw_only=True, repr=False)
class SubmitMulti(Pdu):
    """4.5.1."""

    name = "submit_multi"
    command_id = 0x00000021

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: SourceAddr = b""
    dest_address: Annotated[tuple[Destination, ...], Listed(read_destinations, write_destinations)] = ()
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: ScheduleTime = b""
    validity_period: ValidityPeriod = b""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortMessage = b""


@dataclass(slots=True, kw_only=True, repr=False)
class SubmitMultiResp(Pdu):
    """4.5.2."""

    name = "submit_multi_resp"
    command_id = 0x80000021
    may_end_early = True
    keeps_rest = True

    message_id: GivenMessageId = b""
    unsuccess_sme: Annotated[tuple[UnsuccessfulSme, ...], Listed(read_unsuccessful, write_unsuccessful)] = ()


@dataclass(slots=True, kw_only=True, repr=False)
class DataSm(Pdu):
    """4.7.1; its text is the optional parameter message_payload. Either side may send it."""

    name = "data_sm"
    command_id = 0x00000103

    service_type: ServiceType = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongSourceAddr = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: LongDestinationAddr = b""
    esm_class: Octet = 0
    registered_delivery: Octet = 0
    data_coding: Octet = 0


class DataSmResp(MessageResp):
    """4.7.2."""

    __slots__ = ()
    name = "data_sm_resp"
    command_id = 0x80000103


@dataclass(slots=True, kw_only=True, repr=False)
class QuerySm(Pdu):
    """4.8.1."""

    name = "query_sm"
    command_id = 0x00000003

    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: SourceAddr = b""


@dataclass(slots=True, kw_only=True, repr=False)
class QuerySmResp(Pdu):
    """4.8.2. `message_state` is a number of `receipt.MESSAGE_STATES`."""

    name = "query_sm_resp"
    command_id = 0x80000003
    may_end_early = True
    keeps_rest = True

    message_id: GivenMessageId = b""
    final_date: Annotated[bytes, CString(17, tolerated=33)] = b""
    message_state: Octet = 0
    error_code: Octet = 0


@dataclass(slots=True, kw_only=True, repr=False)
class CancelSm(Pdu):
    """4.9.1."""

    name = "cancel_sm"
    command_id = 0x00000008

    service_type: ServiceType = b""
    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: SourceAddr = b""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: DestinationAddr = b""


class CancelSmResp(Bare):
    """4.9.2."""

    __slots__ = ()
    name = "cancel_sm_resp"
    command_id = 0x80000008


@dataclass(slots=True, kw_only=True, repr=False)
class ReplaceSm(Pdu):
    """4.10.1."""

    name = "replace_sm"
    command_id = 0x00000007

    message_id: MessageId = b""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: SourceAddr = b""
    schedule_delivery_time: ScheduleTime = b""
    validity_period: ValidityPeriod = b""
    registered_delivery: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: ShortMessage = b""


class ReplaceSmResp(Bare):
    """4.10.2."""

    __slots__ = ()
    name = "replace_sm_resp"
    command_id = 0x80000007


@dataclass(slots=True, kw_only=True, repr=False)
class AlertNotification(Pdu):
    """4.12.1; nobody answers it."""

    name = "alert_notification"
    command_id = 0x00000102
    may_end_early = True
    keeps_rest = True

    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongSourceAddr = b""
    esme_addr_ton: Octet = 0
    esme_addr_npi: Octet = 0
    esme_addr: LongDestinationAddr = b""


ALL: Final[tuple[type[Pdu], ...]] = (
    BindReceiver, BindReceiverResp, BindTransmitter, BindTransmitterResp, BindTransceiver, BindTransceiverResp,
    Outbind, Unbind, UnbindResp, GenericNack, SubmitSm, SubmitSmResp, SubmitMulti, SubmitMultiResp, DeliverSm,
    DeliverSmResp, DataSm, DataSmResp, QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp,
    EnquireLink, EnquireLinkResp, AlertNotification,
)  # fmt: skip

BY_ID: Final = {pdu.command_id: pdu for pdu in ALL}
"""command_id → the PDU."""


def answer_to(request: Pdu, command_status: int = Status.ESME_ROK) -> Pdu:
    """The response to a request, with its sequence number and nothing else in it; generic_nack for what has none."""
    response = BY_ID.get(request.command_id | RESPONSE, GenericNack)
    return response(sequence_number=request.sequence_number, command_status=command_status)
