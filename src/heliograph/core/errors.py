"""The error codes a message may end with, and the words for them.

One list for the whole house (smsc-messages.md 3.6): connectors map a carrier's own codes to it, dialects show it, the
trace speaks it. Emit no other code.
"""

from __future__ import annotations

import enum
from typing import Final

from heliograph.model.refusal import Reason


class NetworkError(enum.IntEnum):
    """Why a message was not delivered; 0 is no error."""

    NONE = 0
    NO_SUCH_NUMBER = 1
    OUT_OF_COVERAGE = 6
    CANNOT_RECEIVE = 11
    HANDSET_FAULT = 12
    SUBSCRIBER_BLOCKED = 13
    NOT_SUPPORTED = 21
    TEST_MODE = 200
    SIM_REPLACED = 219
    OPERATOR_QUEUE_FULL = 220
    NO_ANSWER = 237
    NO_TEMPLATE = 238
    ADDRESS_NOT_ALLOWED = 239
    BUSY_LINE = 240
    PARTS_MISSING = 241
    ANSWERING_MACHINE = 242
    NO_CONTRACT = 243
    MASS_SENDING_FORBIDDEN = 244
    NO_STATUS = 245
    TIME_RESTRICTION = 246
    MESSAGE_LIMIT = 247
    NO_ROUTE = 248
    WRONG_NUMBER_FORMAT = 249
    FORBIDDEN_BY_ACCOUNT = 250
    DAILY_LIMIT = 251
    FORBIDDEN_NUMBER = 252
    SPAM_FILTER = 253
    SENDER_NOT_REGISTERED = 254
    REJECTED_BY_OPERATOR = 255


E = NetworkError

SENTENCES: Final[dict[NetworkError, str]] = {
    E.NONE: "no error",
    E.NO_SUCH_NUMBER: "the number does not exist",
    E.OUT_OF_COVERAGE: "the subscriber is offline or out of coverage",
    E.CANNOT_RECEIVE: "the subscriber cannot receive SMS",
    E.HANDSET_FAULT: "the phone or its SIM has a fault",
    E.SUBSCRIBER_BLOCKED: "the subscriber is blocked",
    E.NOT_SUPPORTED: "the device does not support the service",
    E.TEST_MODE: "virtual sending, nothing left the gateway",
    E.SIM_REPLACED: "the SIM was replaced within the last day",
    E.OPERATOR_QUEUE_FULL: "the operator's queue for this subscriber is full",
    E.NO_ANSWER: "the call was not answered",
    E.NO_TEMPLATE: "no template fits the text",
    E.ADDRESS_NOT_ALLOWED: "the caller's address is not allowed",
    E.BUSY_LINE: "the line was busy",
    E.PARTS_MISSING: "not all parts of the message arrived",
    E.ANSWERING_MACHINE: "an answering machine took the call",
    E.NO_CONTRACT: "there is no contract",
    E.MASS_SENDING_FORBIDDEN: "mass sending is forbidden",
    E.NO_STATUS: "no status was received in time",
    E.TIME_RESTRICTION: "sending is not allowed at this time",
    E.MESSAGE_LIMIT: "the message limit is exceeded",
    E.NO_ROUTE: "no route leads to the number",
    E.WRONG_NUMBER_FORMAT: "the number has a wrong format",
    E.FORBIDDEN_BY_ACCOUNT: "the account forbids the number",
    E.DAILY_LIMIT: "the daily limit for one number is exceeded",
    E.FORBIDDEN_NUMBER: "the number is forbidden",
    E.SPAM_FILTER: "the spam filter refused the text",
    E.SENDER_NOT_REGISTERED: "the sender name is not registered",
    E.REJECTED_BY_OPERATOR: "the operator rejected it without a precise code",
}

OF_REASON: Final[dict[Reason, NetworkError]] = {
    Reason.BAD_RECIPIENT: E.WRONG_NUMBER_FORMAT,
    Reason.BAD_SENDER: E.SENDER_NOT_REGISTERED,
    Reason.STOP_LISTED: E.FORBIDDEN_BY_ACCOUNT,
    Reason.FORBIDDEN: E.SPAM_FILTER,
    Reason.MASS_FORBIDDEN: E.MASS_SENDING_FORBIDDEN,
    Reason.OUTSIDE_HOURS: E.TIME_RESTRICTION,
    Reason.NO_TEMPLATE: E.NO_TEMPLATE,
    Reason.NUMBER_NOT_ALLOWED: E.FORBIDDEN_BY_ACCOUNT,
    Reason.MESSAGE_LIMIT: E.MESSAGE_LIMIT,
    Reason.NUMBER_LIMIT: E.DAILY_LIMIT,
    Reason.DUPLICATE: E.DAILY_LIMIT,
    Reason.NO_ROUTE: E.NO_ROUTE,
    Reason.NO_TARIFF: E.NO_CONTRACT,
    Reason.NO_MONEY: E.NO_CONTRACT,
    Reason.TEXT_TOO_LONG: E.MESSAGE_LIMIT,
}
"""The error a stored refusal carries (`Submission.keep_refused`); anything else is REJECTED_BY_OPERATOR."""


def sentence(error: int) -> str:
    """Say an error code in words; a code outside the list is named by its number."""
    try:
        return SENTENCES[NetworkError(error)]
    except ValueError:
        return f"error {error}"
