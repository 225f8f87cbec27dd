"""A message as the store gives it, for the tests of SMSC's tongues; each test names what is special about it."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.message import Content, Message, Priority, State

_ORDINARY = Message(
    id=100_000_001,
    account_id=7,
    channel="sms",
    sender="name",
    recipient="79260000000",
    recipient_given="+79260000000",
    content=Content("test"),
    coding=0,
    parts=1,
    state=State.DELIVERED,
    priority=Priority.NORMAL,
    door="smsc",
    dialect="smsc_send",
    peer="",
    request_id=0,
    accepted_at=1_495_823_967_000,
    due_at=1_495_823_967_000,
    expires_at=1_495_910_367_000,
    connector="c",
    route_id="r",
    tariff_line="t",
    purse=1,
    price=1_200_000,
    revision=1,
)


def message(**special):
    """An ordinary message but for `special`; it was a request of its own unless that names another."""
    made = replace(_ORDINARY, attempts=[], **special)
    made.request_id = made.request_id or made.id
    return made
