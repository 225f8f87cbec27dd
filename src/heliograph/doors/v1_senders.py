"""Sender names by `/v1`."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.senders import Senders
from heliograph.core.directory import Directory
from heliograph.dialects import native_senders as calls
from heliograph.dialects.native import wrong
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_senders import SenderBody, SenderList, SenderView, sender_view, wishes_of
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound, nothing
from heliograph.model.account import Sender
from heliograph.model.refusal import Reason
from heliograph.model.senders import FLAGS, SenderSearch


class SenderNames:
    """The works of the calls about sender names."""

    def __init__(self, room: Senders, directory: Directory) -> None:
        self._room = room
        self._directory = directory

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.SENDERS, self._senders)
        yield bound(calls.ADD, self._add)
        yield bound(calls.SENDER, self._sender)
        yield bound(calls.REMOVE, self._remove)

    def _senders(self, asked: Asked[NoBody, NoQuery]) -> SenderList:
        try:
            found = self._room.search(asked.account, SenderSearch(every=True))
        except NothingFound:
            found = []
        return SenderList([sender_view(one) for one in found], self._directory.usual_name(asked.account))

    async def _add(self, asked: Asked[SenderBody, NoQuery]) -> SenderView:
        for place, flag in enumerate(asked.body.registrations):
            if flag not in FLAGS:
                raise wrong(Reason.BAD_REQUEST, "There is no such registration.", f"/registrations/{place}")
        return sender_view(await self._room.add(asked.account, asked.body.name, wishes_of(asked.body)))

    def _sender(self, asked: Asked[NoBody, NoQuery]) -> SenderView:
        account = asked.account
        return sender_view(self._of(account.senders_of or account.id, asked.number))

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        await self._room.remove(self._of(asked.account.id, asked.number))
        return nothing()

    def _of(self, account_id: int, sender_id: int) -> Sender:
        """A name by its id. Raises `NothingFound`, also for id 0, which the room takes for none."""
        if not sender_id:
            raise NothingFound
        return self._room.find(account_id, "", sender_id)
