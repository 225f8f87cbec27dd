"""Calls to a customer's handler in SMSC's form: its address, what is told, how it is signed (smsc-messages.md 10).

`split_address` checks an address when it is saved and takes the secrets out of it; `read_address` makes of both, once,
what every call needs. `status_event`, `incoming_event` and `confirmation_event` say what happened as parameters, `body`
writes them as a form, XML or JSON in the handler's character set. No secret is in a body or in `Handler.url`.
"""

from __future__ import annotations

import functools
import hashlib
import re
import zlib
from dataclasses import astuple, dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from heliograph.channels.sms.numbering import Operator
from heliograph.dialects.smsc_answer import CHARSETS, Charset, Format, Style, block, elements, finish, json_line
from heliograph.dialects.smsc_words import (
    QUERY_FIELDS,
    error_at,
    flag_of,
    json_id,
    query_result,
    show_money,
    show_short_time,
    shown_id,
    status_at,
    type_of,
)
from heliograph.model.message import Kind, Message, State
from heliograph.model.receipt import Incoming

MOST_ADDRESS: Final = 2_000
MOST_SECRET: Final = 64
SIGNING: Final = ("md5", "sha1", "crc32")
"""Parameters of an address whose values are secrets."""

MOST_REMEMBERED: Final = 20
"""Characters of a text whose percent-encoding is remembered: nothing that people write to each other."""

OWN_NAMES: Final = frozenset(SIGNING) | {
    "id", "phone", "status", "time", "ts", "err", "syserr", "cnt", "type", "cost", "flag", "sender", "dtmf", "cmt",
    "imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet", "calltime", "callmenu", "ringtime",
    "sms_id", "mes", "to", "smsc", "sent", "waitcall",
}  # fmt: skip
"""What events are told with (10.2-10.4). A handler tells the kinds apart by them, so nothing passed on has such a name:
it stays in the address alone."""

_FORMS: Final = {"2": Format.XML, "3": Format.JSON}
_SECRET: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{MOST_SECRET}}}")
_HIDDEN: Final = re.compile(rf"(?:{'|'.join(SIGNING)})=", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[!-~]+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]*")
_QUOTED: Final = tuple(
    "+" if code == 0x20 else chr(code) if _PLAIN.fullmatch(chr(code)) else f"%{code:02X}" for code in range(256)
)
_NOT_IN_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), "?") | {13: "\n"}
"""What XML 1.0 has no way to say, and the line ends it makes one."""
_ELEMENT: Final = re.compile(r"(?!xml)[A-Za-z_][A-Za-z0-9._-]*", re.IGNORECASE)

_shown_time = functools.lru_cache(maxsize=1024)(show_short_time)
_shown_money = functools.lru_cache(maxsize=4096)(show_money)

Field = tuple[str, int | str]
"""A parameter: numbers are numbers in JSON."""


class BadAddress(ValueError):
    """The address cannot be a handler's; the text says why, in a sentence for the one who gave it."""


class Address(NamedTuple):
    """What is kept of an address: where to call, and its signing parameters as they stood, "" if there is none."""

    url: str
    signing: str


class Event(NamedTuple):
    """What a call tells, and the string it is signed over, up to the colon before the secret."""

    fields: list[Field]
    signed: str


@dataclass(frozen=True, slots=True)
class Handler:
    """What every call to one handler needs. `passed` is what it gets back of its own address, in a form as it stood
    there; `secrets` are the names of hashes, each with the octets that end the signed string."""

    url: str
    style: Style
    content_type: str
    passed: tuple[tuple[str, str], ...]
    passed_form: str
    secrets: tuple[tuple[str, bytes], ...]
    crc32_hex: bool = False


# -- addresses -------------------------------------------------------------------------------------------------------


def split_address(given: str) -> Address:
    """Check an address and part it from its secrets. Raises `BadAddress`; text and error never name a secret."""
    if len(given) > MOST_ADDRESS:
        raise BadAddress(f"an address has at most {MOST_ADDRESS} characters")
    if not _PRINTABLE.fullmatch(given) or "\\" in given:
        raise BadAddress("an address has no blanks, no backslash and only ASCII: write other characters as %XX")
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise BadAddress("this is no http or https address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadAddress("this is no http or https address")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("an address has no user name in it: a call is proved by md5, sha1 or crc32")
    if "#" in given:
        raise BadAddress("an address has no #: what follows it would not be sent")
    kept: list[str] = []
    signing: list[str] = []
    for segment in parts.query.split("&"):
        (signing if _is_signing(segment) else kept).append(segment)
    names = [segment.partition("=")[0] for segment in signing]
    if len(names) != len(set(names)):
        raise BadAddress("md5, sha1 and crc32 are given once each")
    query = "&".join(filter(None, kept))
    address = Address(given.partition("?")[0] + (f"?{query}" if query else ""), "&".join(signing))
    read_address(*address)
    return address


def _is_signing(segment: str) -> bool:
    """Whether this parameter's value is a secret. Raises `BadAddress` for one that could travel in clear."""
    name, _, secret = segment.partition("=")
    meant = unquote_to_bytes(name).decode("latin-1").strip().lower()
    if meant not in SIGNING:
        if _HIDDEN.search(segment):
            raise BadAddress("md5, sha1 or crc32 stands within another parameter: part parameters by & alone")
        return False
    if name != meant:
        raise BadAddress(f"write {meant} in small letters and as it is")
    if not _SECRET.fullmatch(secret):
        raise BadAddress(f"the secret of {meant} is 1 to {MOST_SECRET} Latin letters, digits, - and _")
    return True


def read_address(url: str, signing: str, *, crc32_hex: bool = False) -> Handler:
    """Read a saved address once for all calls. Raises `BadAddress` for a character set that there is not."""
    segments = [segment for segment in urlsplit(url).query.split("&") if segment]
    given = {name: value for name, _, value in (segment.partition("=") for segment in reversed(segments))}
    named = unquote_to_bytes(given.get("charset", "")).decode("latin-1").lower()
    charset = CHARSETS.get(named) if named else Charset.WINDOWS_1251
    if charset is None:
        raise BadAddress("charset is windows-1251, utf-8 or koi8-r")
    form = _FORMS.get(given.get("fmt", ""), Format.LINES)
    if form is not Format.LINES and charset is Charset.KOI8_R:
        charset = Charset.WINDOWS_1251
    passed = [(segment, *_read(segment, charset)) for segment in segments]
    passed = [(segment, name, value) for segment, name, value in passed if name and name not in OWN_NAMES]
    content_type = {
        Format.LINES: "application/x-www-form-urlencoded",
        Format.XML: f"text/xml; charset={charset}",
        Format.JSON: f"application/json; charset={charset}",
    }[form]
    pairs = (one.partition("=") for one in signing.split("&"))
    return Handler(
        url,
        Style(form, charset if named or form is not Format.JSON else None),
        content_type,
        tuple({name: value for _, name, value in passed}.items()),
        "".join(f"&{segment}" for segment, _, _ in passed),
        tuple((name, secret.encode("ascii")) for name, _, secret in pairs if name),
        crc32_hex,
    )


def _read(segment: str, charset: Charset) -> tuple[str, str]:
    name, _, value = segment.replace("+", " ").partition("=")
    return unquote_to_bytes(name).decode(charset, "replace"), unquote_to_bytes(value).decode(charset, "replace")


# -- events ----------------------------------------------------------------------------------------------------------


def status_event(
    message: Message,
    state: State,
    error: int,
    at: int,
    *,
    offset_s: int,
    second_balance: bool = False,
    operator: Operator | None = None,
    part: int = 0,
    carriers_word: str = "",
) -> Event:
    """A status (10.2): `state` and `error` as they became at `at` (ms), shown in a zone `offset_s` east of UTC.

    What does not apply is left out: `err` when there is none, `syserr` when no carrier has said why, `dtmf` and the
    like, which no short message has. `carriers_word` is what one said: its code if there is one in it. `operator` is
    whose number it is; a look-up answers with it where the carrier said no more (2.16). A `part` told of alone has an
    id of its own from the second one on.
    """
    shown = shown_id(message) if part < 2 else str(message.id + part - 1)
    code, wrong = status_at(state, error), error_at(state, error)
    fields: list[Field] = [
        ("id", json_id(shown)),
        ("phone", message.recipient),
        ("status", code),
        ("time", _shown_time(at // 1000 * 1000, offset_s)),
        ("ts", at // 1000),
    ]
    if wrong:
        fields.append(("err", wrong))
    if carriers_word:
        fields.append(("syserr", carriers_word.rpartition(" err:")[2]))
    fields += (
        ("cnt", message.parts),
        ("type", type_of(message)),
        ("cost", _shown_money(message.price - message.refunded)),
        ("flag", flag_of(message, second_balance=second_balance)),
        ("sender", message.sender),
    )
    if message.comment:
        fields.append(("cmt", message.comment))
    if message.content.kind is Kind.HLR:
        fields += zip(QUERY_FIELDS, astuple(query_result(message, operator)), strict=True)
    return Event(fields, f"{shown}:{message.recipient}:{code}:")


def incoming_event(text: Incoming, answered: Message | None) -> Event:
    """An incoming message (10.3); `answered` is the message it replies to. The carrier's centre is not known."""
    received = text.received_at // 1000
    fields: list[Field] = [("id", text.id)]
    if answered is not None:
        fields.append(("sms_id", json_id(shown_id(answered))))
    fields += (
        ("phone", text.sender),
        ("mes", text.text),
        ("to", text.recipient),
        ("smsc", ""),
        ("sent", text.sent_at // 1000 or received),
        ("time", received),
    )
    return Event(fields, f"{text.sender}:{text.text}:{text.recipient}:")


def confirmation_event(phone: str, at: int) -> Event:
    """A call by which a number was confirmed, at `at` in ms (10.4)."""
    return Event([("waitcall", 1), ("phone", phone), ("ts", at // 1000)], f"{phone}:{at // 1000}:")


# -- bodies ----------------------------------------------------------------------------------------------------------


def body(handler: Handler, event: Event) -> bytes:
    """The body of the call: what is told, what is passed on, the hashes."""
    style, fields, signed = handler.style, event.fields, event.signed
    if style.fmt is Format.LINES:
        return _form(handler, fields, _hashes(handler, signed))
    if style.fmt is Format.JSON:
        members = {**dict(fields), **dict(handler.passed), **dict(_hashes(handler, signed))}
        return finish(style, json_line(members.items())).body
    fields = [(name, _in_xml(value) if isinstance(value, str) else value) for name, value in fields]
    passed = [field for field in handler.passed if _ELEMENT.fullmatch(field[0])]
    children = elements([*fields, *passed, *_hashes(handler, _in_xml(signed))])
    return finish(style, block("result", children)).body


def _in_xml(text: str) -> str:
    """Text as a reader of XML gets it, so that he hashes what we hash."""
    return text.replace("\r\n", "\n").translate(_NOT_IN_XML)


def _form(handler: Handler, fields: list[Field], hashes: list[Field]) -> bytes:
    encoding = handler.style.encoding
    parts = []
    for name, value in fields:
        if type(value) is str and not (value.isascii() and value.isdigit()):
            value = (_quoted_short if len(value) <= MOST_REMEMBERED else _quoted)(value, encoding)
        parts.append(f"{name}={value}")
    said = "&".join(parts) + handler.passed_form
    for name, value in hashes:
        said += f"&{name}={value}"
    return said.encode("ascii")


def _quoted(text: str, encoding: str) -> str:
    return "".join([_QUOTED[octet] for octet in text.encode(encoding, "replace")])


_quoted_short = functools.lru_cache(maxsize=4096)(_quoted)
"""The same senders, prices and seconds come again and again."""


def _hashes(handler: Handler, signed: str) -> list[Field]:
    """Over the octets of the handler's character set; what it has not is "?" there (1.4)."""
    if not handler.secrets:
        return []
    octets = signed.encode(handler.style.encoding, "replace")
    hashes: list[Field] = []
    for name, secret in handler.secrets:
        if name == "crc32":
            number = zlib.crc32(octets + secret)
            shown = f"{number:08x}" if handler.crc32_hex else str(number)
        elif name == "md5":
            shown = hashlib.md5(octets + secret, usedforsecurity=False).hexdigest()
        else:
            shown = hashlib.sha1(octets + secret, usedforsecurity=False).hexdigest()
        hashes.append((name, shown))
    return hashes
