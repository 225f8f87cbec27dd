"""The operator's side of sender names: who waits, who is let in, how operators stand to a name, which papers."""

from __future__ import annotations

import base64
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.senders import Senders, is_sender
from heliograph.backoffice.verbs import (
    AccountSender,
    NotPossible,
    SenderList,
    SenderModerate,
    SenderOperator,
    SenderPaper,
    SenderShow,
    Verb,
)
from heliograph.core.directory import Directory
from heliograph.model.account import Sender, SenderState
from heliograph.model.senders import FLAGS, OperatorState


class SenderDesk:
    """The operator's verbs about sender names. `author` names who asked."""

    verbs: Final[tuple[type[Verb], ...]] = (
        AccountSender,
        SenderList,
        SenderModerate,
        SenderOperator,
        SenderPaper,
        SenderShow,
    )

    def __init__(self, *, senders: Senders, accounts: Accounts, directory: Directory) -> None:
        self._senders = senders
        self._accounts = accounts
        self._directory = directory

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        match verb:
            case AccountSender():
                return await self._allow(verb, author)
            case SenderList():
                states = (SenderState.WAITING,) if verb.waiting else tuple(SenderState)
                account_id = self._accounts.of(verb.login).id if verb.login else 0
                return [self._short(sender) for sender in self._senders.every(states, account_id)]
            case SenderShow():
                return await self._long(self._named(verb.id))
            case SenderModerate():
                state = SenderState.ACTIVE if verb.allowed else SenderState.DISABLED
                return self._short(await self._senders.moderate(self._named(verb.id), state, author))
            case SenderOperator():
                return await self._long(await self._at_operator(verb, author))
            case SenderPaper():
                return await self._paper(verb)
            case _:
                raise NotPossible("this is no verb about sender names")

    def _named(self, sender_id: int) -> Sender:
        try:
            return self._senders.by_id(sender_id)
        except NothingFound:
            raise NotPossible(f"there is no sender name {sender_id}; `heliograph senders list` has them") from None

    async def _allow(self, verb: AccountSender, author: str) -> object:
        account = self._accounts.of(verb.login)
        if verb.remove:
            try:
                await self._senders.remove(self._senders.find(account.id, verb.name), author)
            except NothingFound:
                raise NotPossible(f"{verb.login!r} has no sender {verb.name!r}") from None
            return {"done": True}
        if not is_sender(verb.name):
            raise NotPossible("a sender is 1 to 11 printable Latin characters, or a number of 3 to 15 digits")
        try:
            await self._senders.allow(account, verb.name, author)
        except NotSaved:
            raise NotPossible(f"{verb.login!r} may send as {verb.name!r} already") from None
        return {"done": True}

    async def _at_operator(self, verb: SenderOperator, author: str) -> Sender:
        if verb.flag not in FLAGS:
            raise NotPossible(f"{verb.flag!r} is none of the operators: {', '.join(FLAGS)}")
        if verb.state is None and verb.substitute is None:
            raise NotPossible("say a state, a substitute, or both")
        if verb.substitute and not is_sender(verb.substitute):
            raise NotPossible("a substitute is 1 to 11 printable Latin characters, or a number of 3 to 15 digits")
        try:
            state = None if verb.state is None else OperatorState(verb.state)
        except ValueError:
            known = ", ".join(f"{int(one)} {_word(one)}" for one in OperatorState)
            raise NotPossible(f"{verb.state} is no state: {known}") from None
        return await self._senders.set_operator(self._named(verb.id), verb.flag, state, verb.substitute, author)

    async def _paper(self, verb: SenderPaper) -> object:
        try:
            document, data = await self._senders.document(verb.id)
        except NothingFound:
            raise NotPossible(f"there is no document {verb.id}") from None
        return {
            "id": document.id,
            "name": document.name,
            "kind": document.kind,
            "data": base64.b64encode(data).decode(),
        }

    def _short(self, sender: Sender) -> dict[str, object]:
        account = self._directory.account(sender.account_id)
        return {
            "id": sender.id,
            "login": account.login if account is not None else "",
            "name": sender.name,
            "state": sender.state.name.lower(),
            "mail": sender.mail,
            "comment": sender.comment,
        }

    async def _long(self, sender: Sender) -> dict[str, object]:
        return {
            **self._short(sender),
            "requisites": dict(sender.requisites),
            "operators": [
                {"operator": at.flag, "state": int(at.state), "means": _word(at.state), "substitute": at.substitute}
                for at in sender.operators
            ],
            "documents": [
                {"id": one.id, "name": one.name, "kind": one.kind, "size": one.size, "remark": one.remark}
                for one in await self._senders.documents(sender)
            ],
        }


def _word(state: OperatorState) -> str:
    return state.name.lower().replace("_", " ")
