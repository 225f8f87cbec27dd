"""SMSC over SMTP: a mail whose body is a command, and a mail that becomes a short message (smsc-protocols.md 1).

A mail is octets until here; what comes out is a `Request` for SMSC's `send`, so that nothing is decided twice.
Charsets, encodings and parts are found out by the standard library, nesting is bounded before it is asked (B28).
"""

from __future__ import annotations

import email
import html
import re
from collections.abc import Iterator, Sequence
from email.header import decode_header, make_header
from email.message import Message
from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import Charset, Format, Style
from heliograph.dialects.smsc_request import Request
from heliograph.protocols.form import Upload

COMMANDS: Final = "send"
"""Local part of the address that takes commands, at any domain."""
MOST_PARTS: Final = 20
MOST_TEXT: Final = 1_000
"""Characters of a message that a mail becomes, unless the operator allows fewer."""

_STYLE: Final = Style(Format.LINES, Charset.UTF_8)
_USUAL: Final = "koi8-r"
_CHARSETS: Final = re.compile(r"utf-?8|utf-?16(?:le|be)?|(?:windows-|cp)125\d|cp866|koi8-[ru]|iso-8859-\d{1,2}")
_MARKED: Final = re.compile(r"\[text\](.*?)\[/text\]", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_NUMBERS: Final = re.compile(r"[0-9+() \-]{5,}(?:[,;][0-9+() \-]{5,})*[,;]?\s*")
_LINE_END: Final = re.compile(r"\r\n|\r")
_FORMATS: Final[tuple[dict[str, str], ...]] = (
    {}, {"flash": "1"}, {"push": "1"}, {"hlr": "1"}, {"bin": "1"}, {"bin": "2"}, {"ping": "1"}, {"mms": "1"},
    {"mail": "1"}, {"call": "1"}, {"viber": "1"}, {"soc": "1"},
)  # fmt: skip
_BINARY, _WITH_SUBJECT = 4, (7, 8)
_FIELDS: Final = 7


class BadMail(ValueError):
    """The mail cannot be read, or holds no command. The text holds nothing of it."""


class Mail(NamedTuple):
    """What a mail says: its subject, its text, whether that is plain, the charset it came in, and attached files.
    `is_automatic`: a program wrote it, and wants no answer (RFC 3834)."""

    subject: str
    text: str
    is_plain: bool
    charset: str
    uploads: tuple[Upload, ...]
    is_automatic: bool = False


def read_mail(octets: bytes) -> Mail:
    """Read a mail. Raises `BadMail`."""
    if octets.lower().count(b"multipart/") + octets.lower().count(b"message/") > MOST_PARTS:
        raise BadMail("nested too deeply")
    try:
        parsed = email.message_from_bytes(octets)
        parts = [part for part in parsed.walk() if not part.is_multipart()]
        subject = " ".join(str(make_header(decode_header(str(parsed.get("Subject", ""))))).split())
        texts = list(_texts(parts))
        uploads = tuple(_uploads(parts))
    except (LookupError, ValueError, RecursionError) as error:
        raise BadMail("cannot be read") from error
    is_automatic = str(parsed.get("Auto-Submitted", "no")).strip().lower() != "no"
    plain = next(((text, charset) for kind, text, charset in texts if kind == "text/plain"), None)
    if plain is not None:
        return Mail(subject, plain[0], True, plain[1], uploads, is_automatic)
    for _, text, charset in texts:
        return Mail(subject, text, False, charset, uploads, is_automatic)
    raise BadMail("has no text")


def read_command(mail: Mail) -> Request:
    """The command of a mail as a request to `send`. Raises `BadMail`."""
    command = mail.text
    if not mail.is_plain or command.lstrip()[:6].lower() == "[text]":
        found = _MARKED.search(command)
        if found is None:
            raise BadMail("has no command")
        command = found[1] if mail.is_plain else html.unescape(_TAG.sub("", found[1])).lstrip()
    fields = command.rstrip().split(":", _FIELDS - 1)
    if len(fields) < _FIELDS or "\0" in command:
        raise BadMail("has no command")
    login, psw, id_, when, how, phones, mes = fields
    time, _, tz = when.partition(",")
    translit, form, sender, test = [*how.split(",", 3), "", "", ""][:4]
    number = form.strip() or "0"
    if not (number.isascii() and number.isdigit() and len(number) <= 2 and int(number) < len(_FORMATS)):
        raise BadMail("has an unknown format")
    given = {"id": id_, "time": time, "tz": tz, "translit": translit, "sender": sender, "phones": phones}
    given |= {"login": login, "psw": psw} if login.strip() else {"apikey": psw}
    given |= _FORMATS[int(number)]
    given |= {"mes" if phones.strip() else "list": mes}
    if test.strip() == "1":
        given["cost"] = "1"
    if int(number) in _WITH_SUBJECT:
        given["subj"] = mail.subject
    octets = given.pop("mes", "").encode(mail.charset, "replace") if int(number) == _BINARY else b""
    kept = {name: value if name in ("mes", "list") else value.strip() for name, value in given.items()}
    told = {name: value for name, value in kept.items() if value}
    return Request(told, _STYLE, uploads=mail.uploads, octets=octets)


def read_message(
    mail: Mail,
    numbers: Sequence[str],
    *,
    sender: str,
    parts: Sequence[str],
    most: int,
    translit: bool,
    numbers_in_body: bool = False,
) -> Request:
    """A mail as a message to numbers (1.2). `parts` of subject, text, sender are told, cut to `most` characters. With
    `numbers_in_body` the first line may hold the numbers instead. Raises `BadMail`.
    """
    text = mail.text if mail.is_plain else html.unescape(_TAG.sub("", mail.text))
    first, _, rest = text.strip().partition("\n")
    if numbers_in_body and _NUMBERS.fullmatch(first):
        numbers, text = [number for number in re.split(r"[,;]", first) if number.strip()], rest
    if not numbers:
        raise BadMail("has no numbers")
    said = {"subject": mail.subject, "text": text.strip(), "sender": sender}
    mes = "\n".join([said[part] for part in ("sender", "subject", "text") if part in parts and said[part]])
    mes = mes[: min(most or MOST_TEXT, MOST_TEXT)].rstrip()
    if not mes or "\0" in mes:
        raise BadMail("has no text")
    fields = {"phones": ",".join(numbers), "mes": mes}
    return Request(fields | ({"translit": "1"} if translit else {}), _STYLE)


def _texts(parts: Sequence[Message]) -> Iterator[tuple[str, str, str]]:
    """Type, text and charset of the parts that are text and no attached file."""
    for part in parts:
        if part.get_content_maintype() != "text" or part.get_filename() is not None:
            continue
        octets = part.get_payload(decode=True)
        if not isinstance(octets, bytes):
            continue
        charset = str(part.get_content_charset(_USUAL)).lower()
        if charset in ("us-ascii", "ascii") or _CHARSETS.fullmatch(charset) is None:
            charset = _USUAL
        yield part.get_content_type(), _LINE_END.sub("\n", octets.decode(charset)), charset


def _uploads(parts: Sequence[Message]) -> Iterator[Upload]:
    for part in parts:
        name = part.get_filename()
        octets = part.get_payload(decode=True) if name is not None else None
        if isinstance(octets, bytes):
            yield Upload("", str(name), octets)
