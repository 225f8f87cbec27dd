"""SMS Club's registration of sender names: `/originators/…` (smsclub.md 3.8).

What an owner has to say of himself depends on what he is; it is kept under the names the interface gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from heliograph.dialects.smsclub_body import WrongBody, read_fields
from heliograph.dialects.smsclub_json import Reply, WrongRequest
from heliograph.model.account import Sender, SenderState
from heliograph.model.senders import OperatorState, Wishes

APPROVED: Final = "Approved"
MODERATED: Final = "Being moderated"
REJECTED: Final = "Rejected"
AT_OPERATOR: Final = "Awaiting moderation by operator"
MORE_WANTED: Final = "Waiting for Additional. Information"

MOST_TEXT: Final = 1_000
_NUMBER: Final = {"fop": "inn", "tov": "okpo"}
"""What a sole trader is known by, and what a company."""
_ABOUT: Final = ("company_type", "company", "subject", "description", "site")
_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Registration(NamedTuple):
    """A name to register, with what its owner says of himself."""

    name: str
    wishes: Wishes


def read_registration(body: bytes) -> Registration:
    """Read `/originators/registration-originators`. Raises `WrongRequest` with the name of what is missing."""
    fields = _fields(body)
    name, kind = _text(fields, "sender_id"), _text(fields, "company_type")
    if kind not in _NUMBER:
        raise WrongRequest("company_type must be fop or tov.", "company_type")
    told = [(field, _text(fields, field)) for field in sorted((*_ABOUT, _NUMBER[kind]))]
    return Registration(name, Wishes(comment=dict(told)["description"], requisites=tuple(told)))


def read_name(body: bytes) -> str:
    """Read `/originators/stat-originators`: the name asked for, "" for all. Raises `WrongRequest`."""
    fields = _fields(body) if body else {}
    return _text(fields, "sender_id") if fields.get("sender_id") not in (None, "") else ""


def _fields(body: bytes) -> dict[str, object]:
    try:
        return read_fields(body)
    except WrongBody as error:
        raise WrongRequest(str(error)) from None


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_TEXT or "\0" in value:
        raise WrongRequest(f"{name} must be a text that is not empty.", name)
    return value.strip()


def state_of(sender: Sender) -> str:
    """The state of a name in this interface's words."""
    if sender.state is SenderState.ACTIVE:
        return APPROVED
    if sender.state is SenderState.DISABLED:
        return REJECTED
    states = {at.state for at in sender.operators}
    if OperatorState.DOCUMENTS_NEEDED in states:
        return MORE_WANTED
    return AT_OPERATOR if OperatorState.SENT in states else MODERATED


def registered_reply(sender: Sender) -> Reply:
    """The name and its state, new or as it has long been."""
    return _success({"originator": sender.name, "status": state_of(sender)})


def states_reply(senders: Iterable[Sender]) -> Reply:
    """The states of names, by name."""
    return _success({sender.name: state_of(sender) for sender in senders})


def _success(info: dict[str, str]) -> Reply:
    return Reply(200, f'{{"success_request":{_json({"info": info})}}}'.encode())
