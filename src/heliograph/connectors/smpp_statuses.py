"""What a carrier's command_status means for a message: docs/connectors/smpp.md shows this table, and a test holds it
to that page.

Everything that is not here is the end of the message with error 255: a carrier's own numbers say mostly that it does
not want it. An operator who knows better sets `temporary_statuses`, `throttled_statuses`, `permanent_statuses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.errors import NetworkError
from heliograph.model.outcome import Failed
from heliograph.protocols.smpp.status import Status, named

_S: Final = Status

TEMPORARY: Final[Mapping[int, NetworkError]] = {
    _S.ESME_RINVBNDSTS: NetworkError.NONE,
    _S.ESME_RSYSERR: NetworkError.NONE,
    _S.ESME_RX_T_APPN: NetworkError.NONE,
    _S.ESME_RSERTYPUNAVAIL: NetworkError.NONE,
}
"""The message is tried again, after a growing pause."""

THROTTLED: Final[Mapping[int, NetworkError]] = {
    _S.ESME_RTHROTTLED: NetworkError.NONE,
    _S.ESME_RMSGQFUL: NetworkError.OPERATOR_QUEUE_FULL,
}
"""The message is tried again, and the whole connector goes slower."""

PERMANENT: Final[Mapping[int, NetworkError]] = {
    _S.ESME_RINVSRCADR: NetworkError.SENDER_NOT_REGISTERED,
    _S.ESME_RINVSRCTON: NetworkError.SENDER_NOT_REGISTERED,
    _S.ESME_RINVSRCNPI: NetworkError.SENDER_NOT_REGISTERED,
    _S.ESME_RINVDSTADR: NetworkError.WRONG_NUMBER_FORMAT,
    _S.ESME_RINVDSTTON: NetworkError.WRONG_NUMBER_FORMAT,
    _S.ESME_RINVDSTNPI: NetworkError.WRONG_NUMBER_FORMAT,
    _S.ESME_RPROHIBITED: NetworkError.NO_CONTRACT,
    _S.ESME_RSERTYPUNAUTH: NetworkError.NO_CONTRACT,
    _S.ESME_RSERTYPDENIED: NetworkError.NO_CONTRACT,
}
"""The message is over with this error, unless another connector of its route may try."""


class Statuses:
    """The table as one carrier's settings have it; outcomes are made once for each status."""

    def __init__(self, settings: SmppSettings) -> None:
        self._temporary = dict(TEMPORARY) | dict.fromkeys(settings.temporary_statuses, NetworkError.NONE)
        self._throttled = dict(THROTTLED) | dict.fromkeys(settings.throttled_statuses, NetworkError.NONE)
        self._for_good = frozenset(settings.permanent_statuses)
        self._made: dict[int, Failed] = {}

    def failed(self, status: int) -> Failed:
        """The outcome of a submit that was answered with `status`, any but 0."""
        made = self._made.get(status)
        if made is None:
            made = self._make(status)
            if len(self._made) < 1_000:
                self._made[status] = made
        return made

    def _make(self, status: int) -> Failed:
        word = named(status)
        if status not in self._for_good:
            if status in self._throttled:
                return Failed(self._throttled[status], permanent=False, throttled=True, detail=word)
            if status in self._temporary:
                return Failed(self._temporary[status], permanent=False, detail=word)
        error = PERMANENT.get(status, NetworkError.REJECTED_BY_OPERATOR)
        return Failed(error, permanent=True, detail=word)
