"""Event notifications: what is sent to whom when a customer's watchman says that something failed, or works again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alarm:
    """A notification group of an account (smsc-messages.md 8). `id` comes from the store, 0 = not kept yet.

    In `failure` and `recovery` `{NAME}`, `{HOST}` and `{INFO}` stand for what the call brings; an empty `recovery`
    tells nobody. `recipients` are MSISDNs, `groups` ids of groups of contacts. `sender` "" is the account's usual one.
    """

    id: int
    account_id: int
    name: str
    failure: str
    recovery: str
    recipients: tuple[str, ...]
    groups: tuple[int, ...] = ()
    sender: str = ""
    is_flash: bool = False
