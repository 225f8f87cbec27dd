"""What a drill's customers do while it runs: stay away, repeat themselves, spend their last coin, flood."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from heliograph.cli.drill.door_requests import HTTP_DOORS, Secrets
from heliograph.cli.drill.smpp_load import SmppCustomer
from heliograph.protocols.http import HttpResponse, Unreachable

if TYPE_CHECKING:
    from heliograph.cli.drill.ground import Ground
    from heliograph.cli.drill.run import Drill

TIMES: Final = 100
COINS: Final = 100
COIN: Final = 0.45
"""What the tariff of a drill takes for a part."""
SENDS: Final = 500
AT_ONCE: Final = 50
FLOOD: Final = 20
MAILED: Final = 200
MAILING_S: Final = 60.0
FORM: Final = [("Content-Type", "application/x-www-form-urlencoded")]


async def away(drill: Drill) -> None:
    """R20: no bind at all for a while; what is owed comes when there is one."""
    drill.smpp.go_away()
    await asyncio.sleep(600.0 if drill.is_long else 2.5)
    drill.smpp.come_back()


async def another_bind(drill: Drill) -> None:
    """R21: who submitted has gone, and another bind of the same system_id takes the receipts."""
    other = SmppCustomer(*drill.smpp.address, drill.secrets.sender)
    other.password, other.receipts = drill.smpp.password, drill.smpp.receipts
    drill.smpp.go_away()
    await other.stay()
    await asyncio.sleep(60.0 if drill.is_long else 2.0)
    other.go_away()
    drill.smpp.come_back()


async def endpoint_down(drill: Drill) -> None:
    """R22: every call fails for a while; each event comes in the end, with the id and body of its first try."""
    drill.sink.is_down = True
    await asyncio.sleep(3_600.0 if drill.is_long else 3.0)
    drill.sink.is_down = False


async def same_request(drill: Drill) -> None:
    """R25: SMS Club's interface knows a repetition by text and number, ours by a key."""
    for door in ("smsclub", "v1"):
        recipient, text = drill.recipient(), drill.text(f"The same, {door}")
        answers = await asyncio.gather(*[send(drill, door, drill.secrets, [recipient], text) for _ in range(TIMES)])
        ids = {id_ for id_, (_, told) in drill.client.accepted.items() if told == text}
        if len(ids) != 1:
            drill.fault(f"{len(ids)} ids were answered for one request made {TIMES} times at {door}")
        if door == "v1" and len({answer.body for answer in answers if answer is not None}) != 1:
            drill.fault("the answers to one key differ")


async def same_key(drill: Drill) -> None:
    """R26: the key of a message that was accepted, with another text."""
    recipient, texts = drill.recipient(), [drill.text("First"), drill.text("Second")]
    token = [("Authorization", f"Bearer {drill.secrets.token}"), ("Idempotency-Key", f"drill-{recipient}")]
    statuses = []
    for text in texts:
        body = json.dumps({"from": drill.secrets.sender, "to": [recipient], "text": text}).encode()
        drill.client.requests[text] = [recipient]
        response = await drill.http.request("POST", f"{drill.url}/v1/messages", token, body)
        HTTP_DOORS["v1"].note(drill.client, [recipient], text, response)
        statuses.append(response.status)
    if statuses[0] != 202 or statuses[1] not in (409, 422):
        drill.fault(f"a key and then the same key with another body were answered {statuses}")


async def last_coin(drill: Drill) -> None:
    """R28: exactly as many are accepted as there is money for."""
    poor = await drill.add_account("poor", f"{COINS * COIN:.2f}")
    texts = [drill.text(f"Coin {number}") for number in range(SENDS)]
    await _all_of([send(drill, "smsclub", poor, [drill.recipient()], text) for text in texts])
    accepted = sum(text in set(texts) for _, text in drill.client.accepted.values())
    if accepted != COINS:
        drill.fault(f"{accepted} of {SENDS} messages were accepted with money for {COINS}")


async def noisy_neighbour(drill: Drill) -> None:
    """R29: how long this account waits for answers while another sends all it can. A fault in the long form alone."""
    quiet = drill.latencies()
    noisy = await drill.add_account("noisy", "100000")
    rounds = 200 if drill.is_long else FLOOD
    for _ in range(rounds):
        recipients = [[drill.recipient() for _ in range(4)] for _ in range(AT_ONCE // 4)]
        await _all_of([send(drill, "smsclub", noisy, some, drill.text("Noise")) for some in recipients])
    loud = drill.latencies()
    if len(quiet) < TIMES or len(loud) < TIMES:
        drill.say(f"R29: too few answers to compare ({len(quiet)} quiet, {len(loud)} loud)")
        return
    before, during = (statistics.quantiles(some, n=100)[98] for some in (quiet, loud))
    drill.say(f"R29: p99 of an answer is {before * 1e3:.1f} ms in quiet, {during * 1e3:.1f} ms beside the flood")
    if drill.is_long and during > 2 * before:
        drill.fault(f"the p99 of an answer went from {before * 1e3:.1f} to {during * 1e3:.1f} ms")


async def mailing(drill: Drill) -> None:
    """R27: killed in the midst of it; the cursor moves with the messages."""
    count, text = (20_000 if drill.is_long else MAILED), drill.text("Mailing")
    recipients = [drill.recipient() for _ in range(count)]
    drill.client.requests[text] = recipients
    drill.client.mailed[text] = recipients
    fields = {"apikey": drill.secrets.apikey, "sender": drill.secrets.sender, "fmt": "3", "charset": "utf-8"}
    made = await _jobs(drill, {**fields, "add": "1", "name": "drill", "phones": ",".join(recipients), "mes": text})
    job = made.get("id")
    if job is None:
        drill.fault(f"a mailing was not taken: {made}")
        return
    for _ in range(10 if drill.is_long else 1):
        await asyncio.sleep(drill.chance.uniform(0.1, 0.4))
        await drill.kill()
        await drill.start()
    until = time.monotonic() + MAILING_S * (10 if drill.is_long else 1)
    while (shown := await _jobs(drill, {**fields, "get": "1", "id": str(job)})).get("sms_cnt") != count:
        if time.monotonic() > until:
            drill.fault(f"the mailing stands still: {shown}")
            return
        await asyncio.sleep(0.1)


async def _jobs(drill: Drill, fields: dict[str, str]) -> dict[str, object]:
    response = await drill.http.request("POST", f"{drill.url}/sys/jobs.php", FORM, urlencode(fields).encode())
    answer = json.loads(response.body)
    return answer if isinstance(answer, dict) else {"answer": answer}


async def send(drill: Ground, door: str, secrets: Secrets, recipients: list[str], text: str) -> HttpResponse | None:
    """One request by HTTP, noted before it leaves; None if its answer was lost."""
    over = HTTP_DOORS[door]
    asked = over.ask(secrets, recipients, text)
    drill.client.requests[text] = recipients
    drill.client.unanswered.add(text)
    try:
        response = await drill.http.request("POST", f"{drill.next_url()}{asked.path}", asked.headers, asked.body)
    except Unreachable:
        return None
    drill.client.unanswered.discard(text)
    over.note(drill.client, recipients, text, response)
    return response


async def _all_of(requests: Sequence[Awaitable[object]]) -> None:
    """Fifty at a time."""
    for first in range(0, len(requests), AT_ONCE):
        await asyncio.gather(*requests[first : first + AT_ONCE])
