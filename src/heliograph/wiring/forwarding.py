"""The ways by which incoming messages go on to sub-clients themselves, and what they are told of their account."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from heliograph.backoffice.forwarding import SCHEMES, Forwarding
from heliograph.backoffice.own_messages import OwnMessages
from heliograph.backoffice.watchman import EVERY_S, Watchman
from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.model.receipt import NoticeResult
from heliograph.net.smtp_client import MailFailed, MailOut, MailSettings

if TYPE_CHECKING:
    from heliograph.app import Gateway


def forwarding(gateway: Gateway) -> None:
    """Let notify know them, and the watchman look around once a minute."""
    normalise = functools.partial(normalise_smsc, corrections=gateway.settings.smsc.corrections)
    messages = OwnMessages(directory=gateway.directory, submit=gateway.intake.submit)
    send_mail = mail_sender(gateway.settings.mail)
    made = Forwarding(
        directory=gateway.directory,
        clock=gateway.clock,
        messages=messages,
        normalise=normalise,
        send_mail=send_mail,
    )
    for scheme in SCHEMES:
        gateway.notify.add(scheme, made)
    watchman = Watchman(
        accounts=gateway.accounts,
        directory=gateway.directory,
        purses=gateway.purses,
        clock=gateway.clock,
        messages=messages,
        normalise=normalise,
        send_mail=send_mail,
    )
    gateway.live.also(watchman.ended)
    gateway.upkeep.add("watchman", EVERY_S, watchman.look)


def mail_sender(settings: MailSettings) -> Callable[[str, str, str], Awaitable[NoticeResult]]:
    """Sends a mail and says what became of it."""
    out = MailOut(settings)

    async def send(to: str, subject: str, text: str) -> NoticeResult:
        try:
            await out.send(to, subject, text)
        except MailFailed as failed:
            return NoticeResult(delivered=False, final=failed.is_final, answer=str(failed))
        return NoticeResult(delivered=True, final=True, answer="taken")

    return send
