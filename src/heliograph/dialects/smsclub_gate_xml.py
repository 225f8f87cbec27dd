"""SMS Club's XML gateway: documents in, documents out (smsclub.md 6).

Every byte shape of that chapter is made here. Documents are read by `protocols.xml`, which refuses whatever could make
one dangerous; who asks is found out by the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.dialects.smsclub_gate import (
    UNREADABLE,
    WRONG_TEXT,
    WrongRequest,
    id_of,
    missing,
    read_ids,
    read_lifetime_s,
    read_sender,
    split_list,
    submissions_of,
)
from heliograph.dialects.smsclub_gate_http import states_of
from heliograph.dialects.smsclub_json import Caller
from heliograph.dialects.smsclub_words import UNKNOWN_ID
from heliograph.model.message import Content, Message, Submission
from heliograph.model.refusal import Answer
from heliograph.protocols.form import BrokenForm, read_urlencoded
from heliograph.protocols.xml import BadXml, Element, escaped, read_xml

SEND: Final = "request_sendsms"
STATE: Final = "request_getstate"
"""Root elements of the two requests."""

_PROLOG: Final = '<?xml version="1.0" encoding="utf-8"?>'


def read_document(body: bytes, root: str) -> Element:
    """The document of a request, as the body or as its field `xmlrequest`. Raises `WrongRequest`."""
    octets = body.strip()
    if octets[:10].lower() == b"xmlrequest" or not octets:
        fields: dict[bytes, bytes] = {}
        try:
            read_urlencoded(octets, fields)
        except BrokenForm:
            raise WrongRequest(UNREADABLE) from None
        octets = fields.get(b"xmlrequest", b"").strip()
        if not octets:
            raise missing("xmlrequest")
    try:
        document = read_xml(octets)
    except BadXml:
        raise WrongRequest(UNREADABLE) from None
    if document.local != root:
        raise WrongRequest(UNREADABLE)
    return document


def value(document: Element, name: str) -> str:
    """The text of an element that must be there. Raises `WrongRequest`."""
    text = document.value(name)
    if not text:
        raise missing(name)
    return text


def read_send(document: Element, caller: Caller) -> list[Submission]:
    """One text for several numbers, or pairs of `to` and `text` (6.1, 6.2). Raises `WrongRequest`."""
    sender = read_sender(value(document, "from"))
    validity_s = read_lifetime_s(document.value("lifetime"))
    numbers = [child.text for child in document.children if child.local == "to"]
    texts = [child.text for child in document.children if child.local == "text"]
    if not any(map(str.strip, numbers)):
        raise missing("to")
    if not texts:
        raise missing("text")
    if len(numbers) != len(texts):
        raise WrongRequest(UNREADABLE)
    contents = [Content(text) for text in texts]
    if not all(text.strip() for text in texts):
        raise WrongRequest(WRONG_TEXT) if any(text.strip() for text in texts) else missing("text")
    pairs = [(one, content) for to, content in zip(numbers, contents, strict=True) for one in split_list(to)]
    return submissions_of(pairs, sender, validity_s, caller)


def read_state(document: Element) -> list[str]:
    """The ids asked for. Raises `WrongRequest`."""
    return read_ids(document.value("smscid"))


def send_answer(submissions: Sequence[Submission], answers: Sequence[Answer]) -> str:
    """One `mess` for each recipient, in their order (6.2)."""
    told = "".join(
        [
            f'<mess tel="{escaped(submission.recipient or submission.recipient_given)}">{id_of(answer)}</mess>'
            for submission, answer in zip(submissions, answers, strict=True)
        ]
    )
    return f"{_PROLOG}<response><status>OK</status><text>OK</text><ids>{told}</ids></response>"


def state_answer(asked: Sequence[str], messages: Iterable[Message]) -> str:
    """One `entry` for each id that is known (6.3). Raises `WrongRequest` if none is."""
    entries = "".join(
        [
            f"<entry><smscid>{escaped(given)}</smscid><state>{keyword}</state></entry>"
            for given, keyword in states_of(asked, messages)
        ]
    )
    if not entries:
        raise WrongRequest(UNKNOWN_ID)
    return f"{_PROLOG}<response><status>OK</status><text></text><entries>{entries}</entries></response>"


def error_answer(text: str, *, of_state: bool = False) -> str:
    """An error: its text, and the empty list that a good answer would fill."""
    empty = "<entries></entries>" if of_state else "<ids></ids>"
    return f"{_PROLOG}<response><status>ERROR</status><text>{escaped(text)}</text>{empty}</response>"
