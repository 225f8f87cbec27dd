"""Every command_status by its name (SMPP 3.4, 5.1.3; SMPP 5.0, 4.7.6).

A status travels as a plain number, since peers have their own beyond these; this table is for naming and for writing
down. It decides nothing: what is temporary and what is final is for those who know the peer.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """The statuses of 3.4, then those 5.0 added. Each is its number and has a sentence in `text`."""

    text: str

    def __new__(cls, number: int, text: str) -> Status:
        """An int with a `text`."""
        status = int.__new__(cls, number)
        status._value_ = number
        status.text = text
        return status

    ESME_ROK = 0x00, "no error"
    ESME_RINVMSGLEN = 0x01, "the message length is invalid"
    ESME_RINVCMDLEN = 0x02, "the command length is invalid"
    ESME_RINVCMDID = 0x03, "the command is unknown"
    ESME_RINVBNDSTS = 0x04, "the command is not allowed in this state of the session"
    ESME_RALYBND = 0x05, "already bound"
    ESME_RINVPRTFLG = 0x06, "the priority flag is invalid"
    ESME_RINVREGDLVFLG = 0x07, "the registered delivery flag is invalid"
    ESME_RSYSERR = 0x08, "system error"
    ESME_RINVSRCADR = 0x0A, "the source address is invalid"
    ESME_RINVDSTADR = 0x0B, "the destination address is invalid"
    ESME_RINVMSGID = 0x0C, "the message id is invalid"
    ESME_RBINDFAIL = 0x0D, "the bind failed"
    ESME_RINVPASWD = 0x0E, "the password is invalid"
    ESME_RINVSYSID = 0x0F, "the system id is invalid"
    ESME_RCANCELFAIL = 0x11, "cancelling the message failed"
    ESME_RREPLACEFAIL = 0x13, "replacing the message failed"
    ESME_RMSGQFUL = 0x14, "the message queue is full"
    ESME_RINVSERTYP = 0x15, "the service type is invalid"
    ESME_RINVNUMDESTS = 0x33, "the number of destinations is invalid"
    ESME_RINVDLNAME = 0x34, "the name of the distribution list is invalid"
    ESME_RINVDESTFLAG = 0x40, "the destination flag is invalid"
    ESME_RINVSUBREP = 0x42, "submitting with replacement is not possible here"
    ESME_RINVESMCLASS = 0x43, "the esm_class is invalid"
    ESME_RCNTSUBDL = 0x44, "cannot submit to the distribution list"
    ESME_RSUBMITFAIL = 0x45, "submitting the message failed"
    ESME_RINVSRCTON = 0x48, "the type of number of the source is invalid"
    ESME_RINVSRCNPI = 0x49, "the numbering plan of the source is invalid"
    ESME_RINVDSTTON = 0x50, "the type of number of the destination is invalid"
    ESME_RINVDSTNPI = 0x51, "the numbering plan of the destination is invalid"
    ESME_RINVSYSTYP = 0x53, "the system type is invalid"
    ESME_RINVREPFLAG = 0x54, "the replace_if_present flag is invalid"
    ESME_RINVNUMMSGS = 0x55, "the number of messages is invalid"
    ESME_RTHROTTLED = 0x58, "throttled: more than the allowed number of messages"
    ESME_RINVSCHED = 0x61, "the scheduled delivery time is invalid"
    ESME_RINVEXPIRY = 0x62, "the validity period is invalid"
    ESME_RINVDFTMSGID = 0x63, "the predefined message is invalid or not found"
    ESME_RX_T_APPN = 0x64, "the receiving application has a temporary error"
    ESME_RX_P_APPN = 0x65, "the receiving application has a permanent error"
    ESME_RX_R_APPN = 0x66, "the receiving application rejects the message"
    ESME_RQUERYFAIL = 0x67, "the query failed"
    ESME_RINVOPTPARSTREAM = 0xC0, "the optional part of the PDU is in error"
    ESME_ROPTPARNOTALLWD = 0xC1, "the optional parameter is not allowed"
    ESME_RINVPARLEN = 0xC2, "the parameter has an invalid length"
    ESME_RMISSINGOPTPARAM = 0xC3, "an expected optional parameter is missing"
    ESME_RINVOPTPARAMVAL = 0xC4, "the value of an optional parameter is invalid"
    ESME_RDELIVERYFAILURE = 0xFE, "delivery failure"
    ESME_RUNKNOWNERR = 0xFF, "unknown error"

    ESME_RSERTYPUNAUTH = 0x100, "not authorised to use this service type"
    ESME_RPROHIBITED = 0x101, "prohibited from this operation"
    ESME_RSERTYPUNAVAIL = 0x102, "the service type is unavailable"
    ESME_RSERTYPDENIED = 0x103, "the service type is denied"
    ESME_RINVDCS = 0x104, "the data coding is invalid"
    ESME_RINVSRCADDRSUBUNIT = 0x105, "the subunit of the source address is invalid"
    ESME_RINVDSTADDRSUBUNIT = 0x106, "the subunit of the destination address is invalid"
    ESME_RINVBCASTFREQINT = 0x107, "the broadcast frequency interval is invalid"
    ESME_RINVBCASTALIAS_NAME = 0x108, "the broadcast alias name is invalid"
    ESME_RINVBCASTAREAFMT = 0x109, "the broadcast area format is invalid"
    ESME_RINVNUMBCAST_AREAS = 0x10A, "the number of broadcast areas is invalid"
    ESME_RINVBCASTCNTTYPE = 0x10B, "the broadcast content type is invalid"
    ESME_RINVBCASTMSGCLASS = 0x10C, "the broadcast message class is invalid"
    ESME_RBCASTFAIL = 0x10D, "the broadcast failed"
    ESME_RBCASTQUERYFAIL = 0x10E, "querying the broadcast failed"
    ESME_RBCASTCANCELFAIL = 0x10F, "cancelling the broadcast failed"
    ESME_RINVBCAST_REP = 0x110, "the number of repeated broadcasts is invalid"
    ESME_RINVBCASTSRVGRP = 0x111, "the broadcast service group is invalid"
    ESME_RINVBCASTCHANIND = 0x112, "the broadcast channel indicator is invalid"


def named(command_status: int) -> str:
    """A status as it is written down, number and name: "0x58 ESME_RTHROTTLED"; a peer's own one is its number alone."""
    try:
        return f"0x{command_status:02X} {_BY_NUMBER[command_status].name}"
    except KeyError:
        return f"0x{command_status:02X}"


_BY_NUMBER: Final = {int(status): status for status in Status}
