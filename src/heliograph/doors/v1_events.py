"""The live stream of `/v1`: what happens to an account's messages as server-sent events, resumed where it broke off.

Nothing is made for an account that nobody watches. The last events of one that is watched, or was a little while ago,
are kept in memory; whoever comes back with the id of an event gets those behind it, or is told that some were missed.
A reader that does not keep up is cut off, and one whose token was revoked is sent away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from heliograph.core.directory import Directory
from heliograph.dialects import native_events as calls
from heliograph.dialects.native import wrong
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_events import LAST_EVENT, Missed, missed_of
from heliograph.dialects.native_views import NoQuery, incoming_view, message_view
from heliograph.doors.v1_work import Asked, Bound, bound, guest_of
from heliograph.model.message import Message, State
from heliograph.model.receipt import Incoming
from heliograph.model.refusal import Reason
from heliograph.ports import Clock
from heliograph.protocols.http import HttpRequest, HttpResponse, Outlet

KEPT: Final = 1_000
"""Events of an account that a reader who comes back can still get."""
REMEMBERED_S: Final = 300.0
"""How long they are kept after the last reader went."""
MOST_READERS: Final = 10
"""Streams of one account."""
BEAT_S: Final = 2.0
COMMENT_EVERY: Final = 8
"""Beats between two comments, by which a reader that is gone is noticed."""
RETRY_MS: Final = 2_000

_COMMENT: Final = b":\n\n"
_HEADERS: Final = [
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
]


class _Channel:
    """The events of one account with a number above `known_from`, and who reads them."""

    def __init__(self, known_from: int) -> None:
        self.readers: dict[Outlet, HttpRequest] = {}
        self.kept: deque[tuple[int, bytes]] = deque()
        self.known_from = known_from
        self.left_at = 0.0

    def keep(self, number: int, written: bytes) -> None:
        """One more, in place of the oldest."""
        if len(self.kept) >= KEPT:
            self.known_from = self.kept.popleft()[0]
        self.kept.append((number, written))


class EventStreams:
    """Tells whoever reads what intake accepted, what ended, and what people wrote."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._channels: dict[int, _Channel] = {}
        self._start = clock.now()
        self._number = 0
        self._beats = 0
        self.told: Callable[[list[Incoming]], None] | None = None
        """Told, too, of texts that were kept here."""
        self.began: Callable[[], None] = lambda: None
        """Called when somebody begins to watch an account."""

    def works(self) -> Iterable[Bound]:
        """The call with its work."""
        yield bound(calls.EVENTS, self._events)

    # -- what happens ----------------------------------------------------------------------------------------------

    def happened(self, messages: list[Message]) -> None:
        """These messages have just come, durably, to the states they are in."""
        if not self._channels:
            return
        for message in messages:
            channel = self._channels.get(message.account_id)
            if channel is not None and not message.hidden:
                self._tell(channel, "message", message_view(message))

    def heard(self, texts: list[Incoming]) -> None:
        """These texts have just been kept."""
        if self.told is not None:
            self.told(texts)
        if self._channels:
            self._heard(texts)

    def _heard(self, texts: list[Incoming]) -> None:
        for text in texts:
            channel = self._channels.get(text.account_id)
            if channel is not None and not text.is_call:
                self._tell(channel, "incoming", incoming_view(text))

    # -- on other nodes --------------------------------------------------------------------------------------------

    def wanted(self) -> list[str]:
        """The accounts that are watched."""
        return [str(account_id) for account_id in self._channels]

    def happened_elsewhere(self, node: int, message: Message, state: State) -> None:
        """Another node tells of a message; it is shown as it stands."""
        self.happened([message])

    def heard_elsewhere(self, text: Incoming) -> None:
        """Another node has kept a text."""
        self._heard([text])

    def missed_elsewhere(self, count: int) -> None:
        """Some of what happened there will not be told."""
        for channel in self._channels.values():
            self._tell(channel, "missed", Missed(0))

    def _tell(self, channel: _Channel, kind: str, data: msgspec.Struct) -> None:
        self._number += 1
        written = self._written(kind, data)
        channel.keep(self._number, written)
        for outlet in list(channel.readers):
            outlet.write(written)

    def _written(self, kind: str, data: msgspec.Struct) -> bytes:
        head = f"id: {self._start}-{self._number}\nevent: {kind}\ndata: "
        return head.encode("ascii") + msgspec.json.encode(data) + b"\n\n"

    # -- who reads -------------------------------------------------------------------------------------------------

    def _events(self, asked: Asked[NoBody, NoQuery]) -> HttpResponse:
        account = asked.account
        if account.shown_since(self._clock.now()) > self._clock.now():
            raise wrong(Reason.FORBIDDEN, "The owner of this account hides its messages.")
        channel = self._channels.get(account.id)
        if channel is not None and len(channel.readers) >= MOST_READERS:
            raise wrong(Reason.TOO_MANY_REQUESTS, f"An account has at most {MOST_READERS} streams.")
        last = asked.request.header(LAST_EVENT.lower())

        def stream(outlet: Outlet) -> Callable[[], None]:
            return self._read(account.id, outlet, asked.request, last)

        return HttpResponse(200, [*_HEADERS, *asked.headers], stream=stream)

    def _read(self, account_id: int, outlet: Outlet, request: HttpRequest, last: str) -> Callable[[], None]:
        channel = self._channels.get(account_id)
        if channel is None:
            channel = self._channels[account_id] = _Channel(self._number)
            self.began()
        outlet.write(f"retry: {RETRY_MS}\n\n".encode("ascii"))
        if last:
            behind = self._behind(channel, last)
            if behind is None:
                outlet.write(self._written("missed", Missed(missed_of(last))))
                behind = [written for _, written in channel.kept]
            for written in behind:
                outlet.write(written)
        channel.readers[outlet] = request

        def gone() -> None:
            channel.readers.pop(outlet, None)
            channel.left_at = self._clock.monotonic()

        return gone

    def _behind(self, channel: _Channel, last: str) -> list[bytes] | None:
        """The events after one; None if it is not known which they are."""
        start, _, number = last.partition("-")
        if start != str(self._start) or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        seen = int(number)
        if not channel.known_from <= seen <= self._number:
            return None
        return [written for at, written in channel.kept if at > seen]

    async def beat(self) -> None:
        """Send away whose token is worth nothing any more, show the others that we live, forget who does not return."""
        self._beats += 1
        now = self._clock.monotonic()
        for account_id, channel in list(self._channels.items()):
            for outlet, request in list(channel.readers.items()):
                guest = guest_of(self._directory, request)
                if guest is None or guest.account.id != account_id:
                    outlet.close()
                elif self._beats % COMMENT_EVERY == 0:
                    outlet.write(_COMMENT)
            if not channel.readers and now - channel.left_at > REMEMBERED_S:
                del self._channels[account_id]
