"""SMSC's `phones.php` and `mails.php`: a command, a room, an answer (smsc-directory.md 1, 2).

The dialect reads and writes, `backoffice.contacts` decides; here a command finds its method, identical requests are
counted, and a key that may only ask changes nothing.
"""

from __future__ import annotations

from heliograph.backoffice.contacts import ContactBook, Membership
from heliograph.backoffice.stop_list import StopLists
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, created, ok
from heliograph.dialects.smsc_command import command_of, number_of, numbers_of
from heliograph.dialects.smsc_contacts import (
    COMMANDS,
    EFFECTIVE,
    MOST,
    READING,
    Words,
    contacts_answer,
    groups_answer,
    read_address,
    read_change,
    read_group,
    read_group_change,
    read_new,
    read_search,
    read_stop,
    stop_list_answer,
)
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.ports import Clock


class Contacts:
    """The script `phones`, or `mails`, as `words` say."""

    def __init__(
        self, words: Words, *, book: ContactBook, stop_lists: StopLists, clock: Clock, settings: SmscSettings
    ) -> None:
        self._words = words
        self._book = book
        self._stop_lists = stop_lists
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_contacts)
        self.limits = {"same": self._same}
        self._answers = {
            "add": self._add,
            "chg": self._change,
            "move_group": self._move,
            "del": self._remove,
            "get": self._get,
            "add_group": self._add_group,
            "chg_group": self._change_group,
            "del_group": self._remove_group,
            "get_group": self._get_groups,
            "add_black": self._stop,
            "del_black": self._take_off,
            "get_black": self._get_stopped,
        }

    async def answer(self, call: Call) -> Answer:
        """The answer to a command; a fourth identical request within a minute is error 9."""
        command = command_of(call.request, COMMANDS, MOST)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        asked = same(call.account.id, self._words.address, call.request, EFFECTIVE)
        if not self._same.hit(asked, self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        return await self._answers[command](call)

    # -- contacts --------------------------------------------------------------------------------------------------

    async def _add(self, call: Call) -> Answer:
        contact = read_new(call.request, _owner(call), self._words, self._settings.corrections)
        return created(call.style, self._words.address, await self._book.add(contact))

    async def _change(self, call: Call) -> Answer:
        changed = read_change(call.request, self._words, self._settings.corrections)
        await self._book.change(_owner(call), self._words.kind, self._address(call), changed)
        return ok(call.style)

    async def _move(self, call: Call) -> Answer:
        how = Membership(call.request.choice("move_group", max(Membership)))
        groups = numbers_of(call.request, "grp")
        if not groups:
            raise WrongRequest
        await self._book.move(_owner(call), self._words.kind, self._address(call), groups, how)
        return ok(call.style)

    async def _remove(self, call: Call) -> Answer:
        await self._book.remove(_owner(call), self._words.kind, self._address(call))
        return ok(call.style)

    async def _get(self, call: Call) -> Answer:
        most, corrections = self._settings.max_contacts, self._settings.corrections
        search = read_search(call.request, _owner(call), self._words, most, corrections)
        return contacts_answer(call.style, await self._book.search(search), self._words)

    def _address(self, call: Call) -> str:
        return read_address(call.request, self._words, self._settings.corrections)

    # -- groups ----------------------------------------------------------------------------------------------------

    async def _add_group(self, call: Call) -> Answer:
        group = read_group(call.request, _owner(call), self._words)
        return created(call.style, "group", await self._book.add_group(group))

    async def _change_group(self, call: Call) -> Answer:
        changed = read_group_change(call.request)
        await self._book.change_group(_owner(call), self._words.kind, self._group(call), changed)
        return ok(call.style)

    async def _remove_group(self, call: Call) -> Answer:
        await self._book.remove_group(_owner(call), self._words.kind, self._group(call))
        return ok(call.style)

    async def _get_groups(self, call: Call) -> Answer:
        return groups_answer(call.style, await self._book.groups(_owner(call), self._words.kind))

    # -- the stop list ---------------------------------------------------------------------------------------------

    async def _stop(self, call: Call) -> Answer:
        row = read_stop(call.request, call.account.id, self._words, self._settings.corrections)
        return created(call.style, self._words.address, await self._stop_lists.put(call.account, row))

    async def _take_off(self, call: Call) -> Answer:
        await self._stop_lists.take_off(call.account, self._address(call))
        return ok(call.style)

    async def _get_stopped(self, call: Call) -> Answer:
        after = number_of(call.request, "after_id")
        rows = await self._stop_lists.page(call.account, after, self._settings.max_contacts)
        return stop_list_answer(call.style, rows, self._words)

    @staticmethod
    def _group(call: Call) -> int:
        group = number_of(call.request, "grp")
        if not group:
            raise WrongRequest
        return group


def _owner(call: Call) -> int:
    """Whose contacts they are: a sub-client may use its owner's."""
    return call.account.contacts_of or call.account.id
