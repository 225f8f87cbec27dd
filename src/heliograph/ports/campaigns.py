"""What the room of mailings needs of a store. The cursor moves by a row of the journal (`CampaignMove`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.campaign import Campaign, CampaignState, Target, Wording
from heliograph.model.message import MessageId
from heliograph.model.rows import Guard


class CampaignStore(Protocol):
    """Mailings. Each call is one transaction, durable on return; raises `StoreFailure`."""

    async def add(
        self,
        campaign: Campaign,
        wordings: Sequence[Wording],
        targets: Sequence[Target],
        again: Wording | None = None,
        guard: Guard | None = None,
    ) -> int:
        """Keep a new mailing with all that belongs to it (at most some ten thousand targets); its id. With `again`
        there is another one behind it, asleep, which will say that to whom it did not reach (`Undelivered` rows).
        `guard` is the key it was made with, kept with its id in the place of a message's; one that another node has
        given meanwhile is a `StoreFailure`."""

    async def get(self, campaign_id: int) -> Campaign | None: ...

    async def of_account(self, account_id: int, since: int, until: int) -> list[Campaign]:
        """The mailings of an account made from `since` up to before `until`, in order of id, the newest thousand; none
        that sends again for another."""

    async def under_way(self, now: int) -> list[Campaign]:
        """WAITING ones whose time has come, and RUNNING ones, the longest waiting first."""

    async def wordings(self, campaign_id: int) -> list[Wording]:
        """What is said, by place."""

    async def targets(self, campaign_id: int, from_ordinal: int, limit: int) -> list[Target]:
        """Targets with ordinal ≥ `from_ordinal`, in order."""

    async def groups(self, campaign_id: int) -> list[Target]:
        """The targets that are groups, in order."""

    async def move(
        self, campaign_id: int, state: CampaignState, sources: Sequence[CampaignState], stopped_by: str = ""
    ) -> bool:
        """Change the state, if it is one of `sources`, and what stopped it."""

    async def repeat(self, campaign: Campaign) -> None:
        """Back to its beginning: WAITING for its new `start_at`, with what is left of its repetitions."""

    async def again(self, campaign_id: int) -> int:
        """The mailing that sends again for this one; 0 if there is none."""

    async def sleep(self, campaign_id: int) -> None:
        """Let a RUNNING one that sends again sleep, unless there are new targets."""

    async def remove(self, campaign_id: int) -> None:
        """Forget it, with what sends again for it; its messages stay."""

    async def waiting(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        """Its messages that wait (HELD to QUEUED), id > `after`, in order."""

    async def paused(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        """Its messages that are PAUSED, id > `after`, in order."""
