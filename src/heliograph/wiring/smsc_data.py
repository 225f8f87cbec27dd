"""The scripts of SMSC's door by which an account looks after its sender names and looks back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from heliograph.backoffice.exports import EVERY_S, Exports
from heliograph.backoffice.history import History
from heliograph.backoffice.number_proofs import NumberProofs
from heliograph.backoffice.own_messages import OwnMessages
from heliograph.dialects.smsc_get import SENT_HEAD, sent_lines
from heliograph.dialects.smsc_status import View
from heliograph.doors.smsc import Script
from heliograph.doors.smsc_downloads import Downloads
from heliograph.doors.smsc_get import Get
from heliograph.doors.smsc_info import Info
from heliograph.doors.smsc_receive_phones import ReceivePhones
from heliograph.doors.smsc_senders import Senders
from heliograph.doors.smsc_tinyurls import TinyUrls
from heliograph.doors.smsc_zone import offset_of
from heliograph.model.account import Account
from heliograph.model.message import Message

if TYPE_CHECKING:
    from heliograph.app import Gateway


def data_scripts(gateway: Gateway) -> dict[str, Script]:
    """`senders`, `get`, `info`, `tinyurls` and `receive_phones`."""
    settings, directory, clock = gateway.settings.smsc, gateway.directory, gateway.clock
    proofs = NumberProofs(
        senders=gateway.senders,
        store=gateway.store.senders,
        directory=directory,
        clock=clock,
        messages=OwnMessages(directory=directory, submit=gateway.intake.submit),
        secret=gateway.secret,
        login=gateway.settings.senders.code_login,
    )
    senders = Senders(room=gateway.senders, proofs=proofs, directory=directory, clock=clock, settings=settings)
    history = History(gateway.store)
    get = Get(history=history, directory=directory, purses=gateway.purses, clock=clock, settings=settings)
    return {
        "senders": senders,
        "get": get,
        "tinyurls": TinyUrls(links=gateway.links, clock=clock, settings=settings),
        "receive_phones": ReceivePhones(rents=gateway.rents, clock=clock, settings=settings),
        "downloads": Downloads(exports_of(gateway), clock=clock, settings=settings),
        "info": Info(directory=directory, clock=clock, settings=settings),
    }


def exports_of(gateway: Gateway) -> Exports:
    """Files of sent messages; upkeep makes them."""
    settings, directory, clock = gateway.settings.smsc, gateway.directory, gateway.clock

    def lines(account: Account, messages: Sequence[Message]) -> str:
        language = account.settings.language or settings.language
        offset_s = offset_of(account, settings, clock.now())
        return sent_lines(messages, View(offset_s, language, account.second_purse, directory.operator))

    made = Exports(store=gateway.store, directory=directory, clock=clock, lines=lines, head=SENT_HEAD)
    gateway.upkeep.add("exports", EVERY_S, made.work)
    return made
