"""The demo's tour: one message for each way a message can end, watched to its end."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from heliograph.app import Gateway
from heliograph.backoffice import verbs
from heliograph.cli.link import rows_of
from heliograph.cli.shell import DONE, FAILED, err, print_json, print_table
from heliograph.core.errors import sentence
from heliograph.model.message import Message

PATIENCE_S: Final = 30.0
DAY_MS: Final = 86_400_000


class _Stop(NamedTuple):
    number: str
    text: str
    expected: str
    story: str
    validity_s: int | None = None
    is_for_tomorrow: bool = False


STOPS: Final = (
    _Stop("380671110100", "Your order 1017 is on its way.", "DELIVERED", "an ordinary message"),
    _Stop("380671110100", "Ваше замовлення вже в дорозі! " * 4, "DELIVERED", "a long Cyrillic one, in two parts"),
    _Stop("380671110001", "Nobody will read this.", "UNDELIVERABLE", "the handset was never reached"),
    _Stop("380671110002", "Too late.", "EXPIRED", "the carrier gave up when its validity was over"),
    _Stop("380671110003", "Not wanted.", "REJECTED", "the carrier refused it; the money came back"),
    _Stop("380671110005", "Was it sent?", "DELIVERED", "no answer at first: in doubt, then sent once more", 3600),
    _Stop("380671110009", "Silence.", "UNKNOWN", "taken, but no receipt ever came", 1),
    _Stop("380671110100", "Never mind.", "CANCELLED", "due tomorrow, and taken back today", is_for_tomorrow=True),
)


async def tour(gateway: Gateway, login: str, sender: str, *, as_json: bool) -> int:
    """Send them all, wait until each has ended, show how; 1 if one ended otherwise or not at all."""
    ids: list[int] = []
    for stop in STOPS:
        due_at = gateway.clock.now() + DAY_MS if stop.is_for_tomorrow else None
        verb = verbs.Send(login, sender, [stop.number], stop.text, stop.validity_s, due_at)
        ids.append(int(str(rows_of(await gateway.verbs.do(verb, "tour"))[0]["id"])))
        if stop.is_for_tomorrow:
            await gateway.verbs.do(verbs.CancelMessages(ids[-1:]), "tour")
    deadline = gateway.clock.monotonic() + PATIENCE_S
    messages: dict[int, Message] = {}
    while gateway.clock.monotonic() < deadline:
        messages = {message.id: message for message in await gateway.store.messages(ids, None)}
        if all(message.is_final for message in messages.values()):
            break
        await asyncio.sleep(0.1)
    rows = [
        (message_id, messages[message_id].state.name, messages[message_id].error, stop.expected, stop.story)
        for message_id, stop in zip(ids, STOPS, strict=True)
    ]
    if as_json:
        print_json([dict(zip(("id", "state", "error", "expected", "story"), row, strict=True)) for row in rows])
    else:
        shown = [(row[0], row[1], sentence(row[2]) if row[2] else "", row[4]) for row in rows]
        print_table("One message for each end", ("id", "state", "error", "what happened"), shown)
    wrong = [row for row in rows if row[1] != row[3]]
    for row in wrong:
        err.print(f"message {row[0]} is {row[1]}, expected {row[3]}", style="red")
    return FAILED if wrong else DONE
