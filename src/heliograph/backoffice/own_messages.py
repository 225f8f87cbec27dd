"""Short messages the gateway sends of itself: what came in, passed on; a code; word about an account.

They are an account's own, paid by it, go through intake like any other and call no handler home. Who they are for and
what they say is the business of those who send them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from heliograph.core.directory import Directory
from heliograph.model.account import Account
from heliograph.model.message import Content, Submission
from heliograph.model.refusal import Answer

Submit = Callable[[list[Submission]], Awaitable[list[Answer]]]


class OwnMessages:
    """Sends them, one at a time."""

    def __init__(self, *, directory: Directory, submit: Submit) -> None:
        self._directory = directory
        self._submit = submit

    async def send(
        self, account: Account, number: str, text: str, *, sender: str = "", validity_s: int | None = None
    ) -> Answer:
        """Send `text` to `number`, an MSISDN, in the name of `account`; what became of it.

        `sender` "" is the account's usual name; `validity_s` None is the usual time.
        """
        submission = Submission(
            account_id=account.id,
            door="control",
            dialect="native",
            sender=sender or self._directory.usual_name(account),
            recipient=number,
            recipient_given=number,
            content=Content(text),
            validity_s=validity_s,
        )
        (answer,) = await self._submit([submission])
        return answer
