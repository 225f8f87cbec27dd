"""Commands by SMS, where an operator allows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.backoffice.commands import CommandGuard
from heliograph.backoffice.contacts import ContactBook
from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.doors.smsc_commands import NAME, CommandDoor

if TYPE_CHECKING:
    from heliograph.app import Gateway
    from heliograph.doors.smsc_send import Send


def commands_door(gateway: Gateway, send: Send) -> None:
    """The door, made known to those who hear and to notify."""
    settings, directory, clock = gateway.settings.commands, gateway.directory, gateway.clock
    if not settings.enabled:
        return
    guard = CommandGuard(directory=directory, clock=clock, normalise=normalise_smsclub, settings=settings)
    gateway.logins.add(NAME, guard.wrong)
    gateway.minutes[NAME] = guard.often
    door = CommandDoor(
        guard=guard,
        directory=directory,
        store=gateway.store,
        intake=gateway.intake,
        purses=gateway.purses,
        cancel=gateway.cancel,
        groups=ContactBook(gateway.store.contacts).phones,
        caller=send.caller,
        clock=clock,
        settings=settings,
        usual_language=gateway.settings.smsc.language,
        on_fault=gateway.on_fault,
    )
    gateway.notify.add(NAME, door)
    gateway.owners.commands = door
