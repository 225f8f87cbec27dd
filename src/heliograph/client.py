"""A client of Heliograph's own interface, `/v1`, with nothing but the standard library (docs/doors/v1.md).

It imports nothing of the gateway, so the file may be copied into any program. What sends has an idempotency key and is
repeated with it while the gateway cannot be reached or says that it is busy: a message is accepted once, or the caller
hears why not. Nothing is logged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urlencode, urlsplit

Json = Mapping[str, object]

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may be tried once more."""
TOLERANCE_S: Final = 300


class Problem(Exception):
    """The gateway's answer was a problem: `code` is what programs look at, `errors` are (field, detail) of what is
    wrong, `messages` what became of each message of a request of which none was accepted."""

    def __init__(self, status: int, body: Json) -> None:
        self.status = status
        self.code = str(body.get("code", ""))
        self.title = str(body.get("title", ""))
        self.detail = str(body.get("detail", ""))
        self.errors = [(str(one["field"]), str(one["detail"])) for one in _objects(body.get("errors"))]
        self.messages = [SentMessage._of(one) for one in _objects(body.get("messages"))]
        super().__init__(f"{status} {self.code}: {self.detail or self.title}")


class NotReached(Exception):
    """No whole answer came, however often it was tried. What was sent with a key may be sent again with it."""


@dataclass(frozen=True)
class SentMessage:
    """What became of one message: `state` is accepted, scheduled or refused; `code` says why it was refused."""

    to: str
    state: str
    id: str = ""
    parts: int = 0
    price: str = ""
    code: str = ""

    @classmethod
    def _of(cls, body: Json) -> SentMessage:
        problem = body.get("problem")
        return cls(
            str(body["to"]),
            str(body["state"]),
            str(body.get("id", "")),
            cast(int, body.get("parts", 0)),
            str(body.get("price", "")),
            str(problem["code"]) if isinstance(problem, dict) else "",
        )


@dataclass(frozen=True)
class Sent:
    """The answer to a request: its messages in order, and what they cost together."""

    messages: list[SentMessage]
    price: str
    currency: str
    key: str
    """The idempotency key it was sent with."""

    @property
    def ids(self) -> list[str]:
        """The ids of those that were accepted."""
        return [one.id for one in self.messages if one.id]


@dataclass(frozen=True)
class Message:
    """A message as it stands; times are milliseconds since 1970-01-01 UTC."""

    id: str
    sender: str
    to: str
    text: str
    state: str
    final: bool
    error: int
    parts: int
    price: str
    accepted_at: int
    reference: str

    @classmethod
    def _of(cls, body: Json) -> Message:
        names = ("id", "from", "to", "text", "state", "final", "error", "parts", "price", "accepted_at", "reference")
        return cls(*(cast(str, body[name]) for name in names))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Incoming:
    """A text that somebody wrote; `answers` is the message it most likely answers, None if none."""

    id: str
    sender: str
    to: str
    text: str
    received_at: int
    answers: str | None

    @classmethod
    def _of(cls, body: Json) -> Incoming:
        names = ("id", "from", "to", "text", "received_at", "answers")
        return cls(*(cast(str, body[name]) for name in names))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Balance:
    """What there is to spend, as decimal texts."""

    balance: str
    credit: str
    currency: str


@dataclass(frozen=True)
class Event:
    """One event of the live stream: `message`, `incoming`, or neither where some were missed."""

    id: str
    kind: str
    message: Message | None = None
    incoming: Incoming | None = None


class Client:
    """Talks to the gateway at `url` with a token. `tries` is how often a request is made that may be repeated, with
    `pause_s` between, twice as long each time. Not to be shared between threads: it keeps one connection."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 30.0, tries: int = 4, pause_s: float = 0.5) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address must be http or https")
        self._is_tls = parts.scheme == "https"
        self._host, self._port, self._base = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout_s, self._tries, self._pause_s = timeout_s, tries, pause_s
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- messages --------------------------------------------------------------------------------------------------

    def send(self, to: str | Sequence[str], text: str, *, key: str = "", **fields: str | int) -> Sent:
        """One text to one or many. `fields` as in the interface; `sender` is its `from`. Raises `Problem` if nothing
        was accepted, `NotReached`."""
        numbers = to if isinstance(to, str) else list(to)
        return self._send({"to": numbers, "text": text, **_named(fields)}, key)

    def send_each(self, texts: Sequence[tuple[str, str]], *, key: str = "", **fields: str | int) -> Sent:
        """A text of its own to each: (number, text). Raises as `send`."""
        return self._send({"messages": [{"to": to, "text": text} for to, text in texts], **_named(fields)}, key)

    def send_template(
        self,
        to: str | Sequence[str],
        template: str,
        values: Mapping[str, str] | None = None,
        *,
        key: str = "",
        **fields: str | int,
    ) -> Sent:
        """A template by its id, with `values` for its places, to one or many. Raises as `send`."""
        body = {"to": to if isinstance(to, str) else list(to), "template": template, **_named(fields)}
        return self._send(body if values is None else {**body, "fields": dict(values)}, key)

    def _send(self, body: Json, key: str) -> Sent:
        key = key or uuid.uuid4().hex
        said = self.call("POST", "/messages", body, key=key)
        messages = [SentMessage._of(one) for one in _objects(said["messages"])]
        return Sent(messages, str(said["price"]), str(said["currency"]), key)

    def preview(self, to: str | Sequence[str], text: str, **fields: str | int) -> Json:
        """What sending would cost, and which character forces Unicode."""
        numbers = to if isinstance(to, str) else list(to)
        return self.call("POST", "/preview", {"to": numbers, "text": text, **_named(fields)})

    def message(self, message_id: str) -> Message:
        """One message as it stands."""
        return Message._of(self.call("GET", f"/messages/{quote(message_id, safe='')}"))

    def messages(self, **query: str | int) -> Iterator[Message]:
        """Messages, the newest first, page after page."""
        return map(Message._of, self.pages("/messages", "messages", **query))

    def cancel(self, message_id: str) -> Message:
        """Take back a message that waits."""
        return Message._of(self.call("POST", f"/messages/{quote(message_id, safe='')}/cancel"))

    def incoming(self, **query: str | int) -> Iterator[Incoming]:
        """What people wrote, the newest first, page after page."""
        return map(Incoming._of, self.pages("/incoming", "incoming", **query))

    def balance(self) -> Balance:
        """What there is."""
        said = self.call("GET", "/balance")
        return Balance(str(said["balance"]), str(said["credit"]), str(said["currency"]))

    # -- what lies around messages ---------------------------------------------------------------------------------

    def start_mailing(
        self,
        name: str,
        text: str,
        *,
        to: Sequence[str] = (),
        groups: Sequence[str] = (),
        key: str = "",
        **fields: str | int,
    ) -> Json:
        """A mailing to numbers and groups, made once however often it is asked for. `fields` as in the interface:
        `send_at`, `spread_over`, `repeat` …; `sender` is its `from`."""
        body = {"name": name, "text": text, "to": list(to), "groups": list(groups), **_named(fields)}
        return self.call("POST", "/mailings", body, key=key or uuid.uuid4().hex)

    def mailings(self, **query: str | int) -> Iterator[Json]:
        """Mailings, the newest first, page after page."""
        return self.pages("/mailings", "mailings", **query)

    def stop(self, phone: str, blocks: str = "everything") -> Json:
        """Send nothing to a number any more; `blocks` may be `mailings` or `single`."""
        return self.call("POST", "/stop-list", {"phone": phone, "blocks": blocks})

    def stop_list(self, **query: str | int) -> Iterator[Json]:
        """Entries of the stop list, page after page."""
        return self.pages("/stop-list", "entries", **query)

    def allow(self, entry_id: str) -> None:
        """Take an entry off the stop list."""
        self.call("DELETE", f"/stop-list/{quote(entry_id, safe='')}")

    def templates(self) -> list[Json]:
        """Texts kept for sending again."""
        return _objects(self.call("GET", "/templates")["templates"])

    def numbers(self, *, offered: bool = False) -> list[Json]:
        """Numbers that the account rents, or those it may rent."""
        return _objects(self.call("GET", "/numbers/offered" if offered else "/numbers")["numbers"])

    def rent(self, number: str, *, renews: bool = True) -> Json:
        """Rent a number for the rest of the month, and, if it `renews`, from month to month."""
        return self.call("POST", "/numbers", {"number": number, "renews": renews})

    def replay(self, *events: str) -> Json:
        """Have the events of webhooks that were given up sent once more, all or those with these ids."""
        return self.call("POST", "/webhooks/replay", {"events": list(events)} if events else None)

    def clicks(self, link: str) -> Json:
        """How often people followed a short link to this address."""
        return self.call("GET", f"/links?{urlencode({'link': link})}")

    # -- the live stream -------------------------------------------------------------------------------------------

    def events(self, last: str = "") -> Iterator[Event]:
        """What happens, as it happens, for ever: a connection that breaks is made again and goes on behind the last
        event. Raises `Problem`, and `NotReached` when the gateway stays away."""
        failed = 0
        while True:
            try:
                for event in self._stream(last):
                    failed, last = 0, event.id
                    yield event
            except (OSError, http.client.HTTPException) as error:
                failed += 1
                if failed >= self._tries:
                    raise NotReached(str(error)) from error
            time.sleep(self._pause_s * 2**failed)

    # -- any call --------------------------------------------------------------------------------------------------

    def pages(self, path: str, name: str, **query: str | int) -> Iterator[Json]:
        """Everything in a list, page after page; `name` is the member that holds it."""
        while True:
            page = self.call("GET", f"{path}?{urlencode(query)}" if query else path)
            yield from _objects(page[name])
            if page["next"] is None:
                return
            query["cursor"] = str(page["next"])

    def call(self, method: str, path: str, body: Json | None = None, *, key: str = "") -> Json:
        """One call of the interface, such as `call("GET", "/contacts")`; {} where it answers nothing. Raises `Problem`,
        `NotReached`. It is repeated only if that can do no harm."""
        may_repeat = bool(key) or method in ("GET", "PUT", "DELETE")
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        content = b"" if body is None else json.dumps(body).encode()
        if not may_repeat:
            self.close()  # the old one may be closed at the other end by now
        for attempt in range(1, self._tries + 1):
            is_last = attempt == self._tries or not may_repeat
            try:
                status, answer = self._exchange(method, f"{self._base}/v1{path}", content, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if is_last:
                    raise NotReached(str(error)) from error
            else:
                if status < 400:
                    return cast(Json, json.loads(answer)) if answer else {}
                if is_last or status not in AGAIN:
                    raise Problem(status, _problem(answer))
            time.sleep(self._pause_s * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = self._connection = self._connection or self._connect()
        connection.request(method, path, body, dict(headers))
        with connection.getresponse() as response:
            return response.status, response.read()

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout_s)

    def _stream(self, last: str) -> Iterator[Event]:
        connection = self._connect()
        try:
            resumed = {"Last-Event-ID": last} if last else {}
            connection.request("GET", f"{self._base}/v1/events", headers={**self._headers, **resumed})
            with connection.getresponse() as response:
                if response.status != 200:
                    raise Problem(response.status, _problem(response.read()))
                fields: dict[str, str] = {}
                for line in response:
                    name, _, value = line.decode().rstrip("\r\n").partition(": ")
                    if name:
                        fields[name] = value
                    elif "event" in fields:
                        yield _event(fields)
                        fields = {}
        finally:
            connection.close()


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str, *, now: float | None = None) -> bool:
    """Whether a webhook's call was made by the holder of the secret within the last five minutes. `headers` have names
    in lower case."""
    event_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 15):
        return False
    if abs((time.time() if now is None else now) - int(sent_at)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


def _event(fields: Mapping[str, str]) -> Event:
    kind, data = fields["event"], json.loads(fields["data"])
    message = Message._of(data) if kind == "message" else None
    incoming = Incoming._of(data) if kind == "incoming" else None
    return Event(fields.get("id", ""), kind, message, incoming)


def _named(fields: Mapping[str, str | int]) -> Json:
    return {"from" if name == "sender" else name: value for name, value in fields.items()}


def _objects(value: object) -> list[Json]:
    return cast("list[Json]", value) if isinstance(value, list) else []


def _problem(answer: bytes) -> Json:
    """What an answer says; something on the way may have answered in its own words."""
    try:
        said = json.loads(answer)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
