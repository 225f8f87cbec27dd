"""The optional parameters by name (SMPP 3.4, 5.3; SMPP 5.0, 4.8), and their octets.

A PDU keeps them as it got them, in `Pdu.tlvs`: any tag, any length, any order, twice the same. A parameter here knows
its tag and form, finds itself in them and makes itself for them. Finding never raises: a number of an unusual length is
still a number, a text without its NUL still a text.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from heliograph.protocols.smpp.fields import BadField
from heliograph.protocols.smpp.pdu import Tlvs
from heliograph.protocols.smpp.status import Status

REST: Final = -1
"""The tag of octets at the end of a PDU that are no optional parameter."""

_HEAD: Final = struct.Struct(">2H")
_read_head: Final = _HEAD.unpack_from
_write_head: Final = _HEAD.pack


def find(tlvs: Tlvs, tag: int) -> bytes | None:
    """The value of the first parameter with this tag, as on the wire; None if there is none."""
    for given, value in tlvs:
        if given == tag:
            return value
    return None


def number_in(value: bytes) -> int | None:
    """The unsigned integer of a value; None for one of no octets, or of more than 8."""
    return int.from_bytes(value, "big") if 1 <= len(value) <= 8 else None


def text_in(value: bytes) -> bytes:
    """What stands before the NUL of a value, or all of it."""
    return value.partition(b"\0")[0]


@dataclass(frozen=True, slots=True)
class Parameter:
    """An optional parameter: octets. `least` and `most` are the lengths the specification gives its value."""

    name: str
    tag: int
    least: int = 0
    most: int = 0xFFFF

    def raw(self, tlvs: Tlvs) -> bytes | None:
        """The value on the wire; None if it is not there."""
        return find(tlvs, self.tag)


@dataclass(frozen=True, slots=True)
class Octets(Parameter):
    """One whose value is octets without further meaning here."""

    def of(self, tlvs: Tlvs) -> bytes | None:
        """The value; None if it is not there."""
        return find(tlvs, self.tag)

    def __call__(self, value: bytes) -> tuple[int, bytes]:
        """The pair for `Pdu.tlvs`."""
        return self.tag, value


@dataclass(frozen=True, slots=True)
class Number(Parameter):
    """One whose value is an unsigned integer of `most` octets."""

    def of(self, tlvs: Tlvs) -> int | None:
        """The number, however many octets a peer gave it, at most 8; None if it is not there or is no number."""
        value = find(tlvs, self.tag)
        return number_in(value) if value is not None else None

    def __call__(self, value: int) -> tuple[int, bytes]:
        """The pair for `Pdu.tlvs`. Raises `OverflowError` for what does not fit."""
        return self.tag, value.to_bytes(self.most, "big")


@dataclass(frozen=True, slots=True)
class Text(Parameter):
    """One whose value is a C-octet string; `most` counts the NUL."""

    def of(self, tlvs: Tlvs) -> bytes | None:
        """The text up to its NUL, or whole if it has none; None if it is not there."""
        value = find(tlvs, self.tag)
        return text_in(value) if value is not None else None

    def __call__(self, value: bytes) -> tuple[int, bytes]:
        """The pair for `Pdu.tlvs`, with the NUL. Raises `ValueError` for a text with a NUL in it."""
        if 0 in value:
            raise ValueError(f"{self.name} would end early")
        return self.tag, value + b"\0"


@dataclass(frozen=True, slots=True)
class Flag(Parameter):
    """One that is there or not, without a value."""

    def of(self, tlvs: Tlvs) -> bool:
        """True if it is there."""
        return find(tlvs, self.tag) is not None

    def __call__(self) -> tuple[int, bytes]:
        """The pair for `Pdu.tlvs`."""
        return self.tag, b""


def _octet(name: str, tag: int) -> Number:
    return Number(name, tag, 1, 1)


def _pair(name: str, tag: int) -> Number:
    return Number(name, tag, 2, 2)


DEST_ADDR_SUBUNIT: Final = _octet("dest_addr_subunit", 0x0005)
DEST_NETWORK_TYPE: Final = _octet("dest_network_type", 0x0006)
DEST_BEARER_TYPE: Final = _octet("dest_bearer_type", 0x0007)
DEST_TELEMATICS_ID: Final = _pair("dest_telematics_id", 0x0008)
SOURCE_ADDR_SUBUNIT: Final = _octet("source_addr_subunit", 0x000D)
SOURCE_NETWORK_TYPE: Final = _octet("source_network_type", 0x000E)
SOURCE_BEARER_TYPE: Final = _octet("source_bearer_type", 0x000F)
SOURCE_TELEMATICS_ID: Final = _octet("source_telematics_id", 0x0010)
QOS_TIME_TO_LIVE: Final = Number("qos_time_to_live", 0x0017, 4, 4)
PAYLOAD_TYPE: Final = _octet("payload_type", 0x0019)
ADDITIONAL_STATUS_INFO_TEXT: Final = Text("additional_status_info_text", 0x001D, 1, 256)
RECEIPTED_MESSAGE_ID: Final = Text("receipted_message_id", 0x001E, 1, 65)
MS_MSG_WAIT_FACILITIES: Final = _octet("ms_msg_wait_facilities", 0x0030)
PRIVACY_INDICATOR: Final = _octet("privacy_indicator", 0x0201)
SOURCE_SUBADDRESS: Final = Octets("source_subaddress", 0x0202, 2, 23)
DEST_SUBADDRESS: Final = Octets("dest_subaddress", 0x0203, 2, 23)
USER_MESSAGE_REFERENCE: Final = _pair("user_message_reference", 0x0204)
USER_RESPONSE_CODE: Final = _octet("user_response_code", 0x0205)
SOURCE_PORT: Final = _pair("source_port", 0x020A)
DESTINATION_PORT: Final = _pair("destination_port", 0x020B)
SAR_MSG_REF_NUM: Final = _pair("sar_msg_ref_num", 0x020C)
LANGUAGE_INDICATOR: Final = _octet("language_indicator", 0x020D)
SAR_TOTAL_SEGMENTS: Final = _octet("sar_total_segments", 0x020E)
SAR_SEGMENT_SEQNUM: Final = _octet("sar_segment_seqnum", 0x020F)
SC_INTERFACE_VERSION: Final = _octet("SC_interface_version", 0x0210)
CALLBACK_NUM_PRES_IND: Final = _octet("callback_num_pres_ind", 0x0302)
CALLBACK_NUM_ATAG: Final = Octets("callback_num_atag", 0x0303, 0, 65)
NUMBER_OF_MESSAGES: Final = _octet("number_of_messages", 0x0304)
CALLBACK_NUM: Final = Octets("callback_num", 0x0381, 4, 19)
DPF_RESULT: Final = _octet("dpf_result", 0x0420)
SET_DPF: Final = _octet("set_dpf", 0x0421)
MS_AVAILABILITY_STATUS: Final = _octet("ms_availability_status", 0x0422)
NETWORK_ERROR_CODE: Final = Octets("network_error_code", 0x0423, 3, 3)
MESSAGE_PAYLOAD: Final = Octets("message_payload", 0x0424)
DELIVERY_FAILURE_REASON: Final = _octet("delivery_failure_reason", 0x0425)
MORE_MESSAGES_TO_SEND: Final = _octet("more_messages_to_send", 0x0426)
MESSAGE_STATE: Final = _octet("message_state", 0x0427)
USSD_SERVICE_OP: Final = _octet("ussd_service_op", 0x0501)
DISPLAY_TIME: Final = _octet("display_time", 0x1201)
SMS_SIGNAL: Final = _pair("sms_signal", 0x1203)
MS_VALIDITY: Final = Octets("ms_validity", 0x1204, 1, 4)
ALERT_ON_MESSAGE_DELIVERY: Final = Flag("alert_on_message_delivery", 0x130C, 0, 0)
ITS_REPLY_TYPE: Final = _octet("its_reply_type", 0x1380)
ITS_SESSION_INFO: Final = Octets("its_session_info", 0x1383, 2, 2)

# Added by SMPP 5.0.
CONGESTION_STATE: Final = _octet("congestion_state", 0x0428)
BROADCAST_CHANNEL_INDICATOR: Final = _octet("broadcast_channel_indicator", 0x0600)
BROADCAST_CONTENT_TYPE: Final = Octets("broadcast_content_type", 0x0601, 3, 3)
BROADCAST_CONTENT_TYPE_INFO: Final = Octets("broadcast_content_type_info", 0x0602, 1, 255)
BROADCAST_MESSAGE_CLASS: Final = _octet("broadcast_message_class", 0x0603)
BROADCAST_REP_NUM: Final = _pair("broadcast_rep_num", 0x0604)
BROADCAST_FREQUENCY_INTERVAL: Final = Octets("broadcast_frequency_interval", 0x0605, 3, 3)
BROADCAST_AREA_IDENTIFIER: Final = Octets("broadcast_area_identifier", 0x0606, 1, 255)
BROADCAST_ERROR_STATUS: Final = Number("broadcast_error_status", 0x0607, 4, 4)
BROADCAST_AREA_SUCCESS: Final = _octet("broadcast_area_success", 0x0608)
BROADCAST_END_TIME: Final = Text("broadcast_end_time", 0x0609, 1, 17)
BROADCAST_SERVICE_GROUP: Final = Octets("broadcast_service_group", 0x060A, 1, 255)
BILLING_IDENTIFICATION: Final = Octets("billing_identification", 0x060B, 1, 1024)
SOURCE_NETWORK_ID: Final = Text("source_network_id", 0x060D, 7, 65)
DEST_NETWORK_ID: Final = Text("dest_network_id", 0x060E, 7, 65)
SOURCE_NODE_ID: Final = Octets("source_node_id", 0x060F, 6, 6)
DEST_NODE_ID: Final = Octets("dest_node_id", 0x0610, 6, 6)
DEST_ADDR_NP_RESOLUTION: Final = _octet("dest_addr_np_resolution", 0x0611)
DEST_ADDR_NP_INFORMATION: Final = Octets("dest_addr_np_information", 0x0612, 10, 10)
DEST_ADDR_NP_COUNTRY: Final = Octets("dest_addr_np_country", 0x0613, 1, 5)

ALL: Final = tuple(value for value in list(globals().values()) if isinstance(value, Parameter))
BY_TAG: Final = {parameter.tag: parameter for parameter in ALL}


def named(tag: int) -> str:
    """A tag as it is written down: "message_state 0x0427", an unknown one as its number, `REST` as "rest"."""
    if tag == REST:
        return "rest"
    known = BY_TAG.get(tag)
    return f"{known.name} 0x{tag:04X}" if known is not None else f"0x{tag:04X}"


def read(data: bytes, at: int) -> Tlvs:
    """The parameters from `at` to the end; fewer octets than a parameter's head at the end are `REST`.

    Raises `BadField` where a parameter is longer than what is left.
    """
    found: list[tuple[int, bytes]] = []
    end = len(data)
    try:
        while at < end:
            tag, length = _read_head(data, at)
            start = at + 4
            at = start + length
            if at > end:
                there = end - start
                raise BadField(Status.ESME_RINVOPTPARSTREAM, f"{named(tag)} has {length} octets, there are {there}")
            found.append((tag, data[start:at]))
    except struct.error:
        found.append((REST, data[at:]))
    return tuple(found)


def read_what_can_be(data: bytes, at: int) -> Tlvs:
    """As `read`, but what follows the last whole parameter is `REST`."""
    whole = at
    while len(data) - whole >= 4:
        following = whole + 4 + _read_head(data, whole)[1]
        if following > len(data):
            break
        whole = following
    rest: Tlvs = ((REST, data[whole:]),) if whole < len(data) else ()
    return read(data[:whole], at) + rest


def write(tlvs: Tlvs) -> bytes:
    """The octets `read` reads. Raises `struct.error` for a tag or a length above 65535."""
    parts: list[bytes] = []
    for tag, value in tlvs:
        if tag != REST:
            parts.append(_write_head(tag, len(value)))
        parts.append(value)
    return b"".join(parts)
