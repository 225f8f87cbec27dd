"""The trace answers, scenario by scenario, what became of a message and why (done.md, "It answers")."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from heliograph.channels.sms.numbering import Operator
from heliograph.core.directory import Directory
from heliograph.core.pricing import TariffLine, dump_tariffs
from heliograph.core.routing import Rule, dump_rules
from heliograph.core.trace import Trace, tell
from heliograph.core.trace_words import moment, money
from heliograph.model.account import Account, DirectoryRows, Endpoint
from heliograph.model.message import Attempt, AttemptState, Content, Kind, Message, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.receipt import KeptReceipt, Notice, NoticeState, Receipt, ReceiptFate
from heliograph.model.rows import AttemptMove, Fence, Move, Story
from heliograph.store.sqlite.store import SqliteStore

T0 = 1_763_700_000_000
SHOP = Account(1, "shop", purse=5, tariff="standard", senders_of=1, limits_of=1)
RULES = [
    Rule("poland", ("polish",), prefixes=("48",)),
    Rule("kyivstar", ("kyivstar", "lifecell"), prefixes=("38067",)),
    Rule("rest", ("rest",)),
]
LINES = [
    TariffLine("any", "standard", "2"),
    TariffLine("ua", "standard", "0.85", prefixes=("380",)),
]


class PrefixPlan:
    """A numbering plan of two networks."""

    def lookup(self, msisdn: str) -> Operator | None:
        if msisdn.startswith("38067"):
            return Operator("255", "03", "Ukraine", "Kyivstar", "")
        return Operator("260", "06", "Poland", "Play", "") if msisdn.startswith("48") else None


class OneStory:
    """The verbs of a store that a trace needs, over values in hand."""

    def __init__(self, story: Story | None, documents: dict[tuple[str, int], str] | None = None) -> None:
        self.told = story
        self.documents = documents or {}

    async def story(self, message_id: int) -> Story | None:
        message = self.told.message if self.told is not None else None
        if message is None or not message.id <= message_id < message.id + message.parts:
            return None
        return self.told

    async def purses(self) -> list[Purse]:
        return [Purse(4, 9, "EUR", 0), Purse(5, 1, "UAH", 1_000_000)]

    async def document(self, name: str, revision: int) -> str | None:
        return self.documents.get((name, revision))


def message(**changes) -> Message:
    fields = {
        "id": 100_000_001,
        "account_id": 1,
        "channel": "sms",
        "sender": "Shop",
        "recipient": "380671234567",
        "recipient_given": "380671234567",
        "content": Content("hello"),
        "coding": 0,
        "parts": 1,
        "state": State.QUEUED,
        "priority": Priority.NORMAL,
        "door": "smsclub",
        "dialect": "smsclub_json",
        "peer": "192.0.2.5",
        "request_id": 100_000_001,
        "accepted_at": T0,
        "due_at": T0,
        "expires_at": T0 + 86_400_000,
        "connector": "kyivstar",
        "route_id": "kyivstar",
        "tariff_line": "ua",
        "purse": 5,
        "price": 850_000,
        "revision": 7,
        "operator": "25503",
    }
    return Message(**(fields | changes))


def attempt(of: Message, state: AttemptState, **changes) -> Attempt:
    fields = {
        "part_first": 1,
        "part_last": 1,
        "try_no": 1,
        "connector": "kyivstar",
        "sent_at": T0 + 10,
        "answered_at": T0 + 22,
        "upstream_id": "7a3f",
    }
    return Attempt(of, state=state, **(fields | changes))


def directory(rules=RULES, lines=LINES) -> Directory:
    rows = DirectoryRows(
        7, [SHOP], endpoints=[Endpoint(3, 1, "https://shop.example/events?key=secret", "signing-secret")]
    )
    return Directory(rows, rules, lines, PrefixPlan(), b"key")


KEPT = {("routes", 7): dump_rules(RULES), ("tariffs", 7): dump_tariffs(LINES)}


async def trace(of: Message, attempts=(), receipts=(), notices=(), *, documents=None, where=None) -> Trace:
    story = Story(of, list(attempts), list(receipts), list(notices))
    told = await tell(OneStory(story, KEPT if documents is None else documents), where or directory(), of.id)
    assert told is not None
    return told


def told(trace: Trace, event: str) -> list[str]:
    return [each.sentence for each in trace.events if type(each).__name__ == event]


async def test_a_message_nobody_knows_has_no_story():
    assert await tell(OneStory(None), directory(), 5) is None


async def test_it_tells_who_sent_it_by_which_door_peer_and_request():
    one = message(id=100_000_007, parts=3, request_id=100_000_001)
    assert told(await trace(one), "Came") == [
        "Account shop (1) sent it as Shop by the door smsclub (smsclub_json) from 192.0.2.5, in the request "
        "100000001; it is message 100000007 with the ids 100000007 to 100000009."
    ]
    gone = message(account_id=2, peer="")
    assert told(await trace(gone), "Came") == [
        "Account 2, which is gone, sent it as Shop by the door smsclub (smsclub_json), in the request 100000001; "
        "it is message 100000001."
    ]


async def test_it_tells_the_mailing_it_is_of_and_the_name_that_was_asked_for():
    one = message(campaign=1_000_001, sender="Info", sender_asked="Shop")
    assert told(await trace(one), "Came") == [
        "Account shop (1) sent it as Info by the door smsclub (smsclub_json) from 192.0.2.5, in the request 100000001 "
        "of the mailing 1000001; it is message 100000001. The name Shop was asked for, which the network shows so."
    ]
    nameless = message(sender="")
    assert told(await trace(nameless), "Came")[0].startswith("Account shop (1) sent it without a sender name by the")


async def test_it_tells_that_it_was_sent_in_test_mode():
    tried = await trace(message(route_id="test-mode", price=0))
    assert told(tried, "Routed")[0].endswith(
        "it leads to kyivstar, then to lifecell. It was sent in test mode: it goes to virtual instead, and nothing "
        "leaves the gateway."
    )
    assert told(tried, "Priced")[0].endswith("It is free of charge, as everything in test mode is.")


async def test_any_part_id_finds_the_story():
    story = OneStory(Story(message(parts=3)))
    for part_id in (100_000_001, 100_000_002, 100_000_003):
        found = await tell(story, directory(), part_id)
        assert found is not None
        assert found.message_id == 100_000_001
    assert await tell(story, directory(), 100_000_004) is None


async def test_it_tells_what_was_normalised():
    [same] = told(await trace(message()), "Normalised")
    assert same == (
        "The number 380671234567 was taken as it was given; it belongs to Kyivstar, Ukraine (network 255 03)."
    )
    [changed] = told(await trace(message(recipient_given="067 123-45-67")), "Normalised")
    assert changed == (
        "The number was given as '067 123-45-67' and became 380671234567; it belongs to Kyivstar, Ukraine "
        "(network 255 03)."
    )
    [unknown] = told(await trace(message(recipient="99900000000", recipient_given="99900000000")), "Normalised")
    assert unknown == (
        "The number 99900000000 was taken as it was given; the numbering plan does not know whose it is."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "The text of 5 characters goes out as GSM 7-bit in 1 part."),
        (
            {"content": Content("hello “you”"), "coding": 8, "parts": 2},
            "The text of 11 characters goes out as UCS-2 in 2 parts: character 7 (“ U+201C LEFT DOUBLE QUOTATION "
            "MARK) is not in the GSM alphabet and forced Unicode.",
        ),
        (
            {"content": Content("Kargonuz “dağıtıma” çıktı. " * 4), "coding": 8, "parts": 2},
            "The text of 108 characters goes out as UCS-2 in 2 parts: character 10 (“ U+201C LEFT DOUBLE QUOTATION "
            "MARK) is not in the GSM alphabet and forced Unicode.",
        ),
        (
            {"content": Content("Your order is ready – " * 4), "coding": 8, "parts": 2},
            "The text of 88 characters goes out as UCS-2 in 2 parts: character 21 (– U+2013 EN DASH) is not in the "
            "GSM alphabet and forced Unicode. It would take 1 part with plain quotes, dashes and blanks.",
        ),
        (
            {"content": Content("Kargonuz dağıtıma çıktı. " * 4), "coding": 8, "parts": 2},
            "The text of 100 characters goes out as UCS-2 in 2 parts: character 12 (ğ U+011F LATIN SMALL LETTER G "
            "WITH BREVE) is not in the GSM alphabet and forced Unicode. It would take 1 part with Turkish tables.",
        ),
        (
            {"content": Content("Замовлення готове. " * 5), "coding": 8, "parts": 2},
            "The text of 95 characters goes out as UCS-2 in 2 parts: character 1 (З U+0417 CYRILLIC CAPITAL LETTER "
            "ZE) is not in the GSM alphabet and forced Unicode. It would take 1 part in Latin letters, 1 part in "
            "Latin letters that look alike.",
        ),
        (
            {"content": Content("Kargonuz dağıtıma çıktı. " * 4), "coding": 0x000100},
            "The text of 100 characters goes out as GSM 7-bit with the Turkish table in 1 part.",
        ),
        (
            {"content": Content("não é €"), "coding": 0x020300},
            "The text of 7 characters goes out as GSM 7-bit with the Portuguese and Spanish tables in 1 part.",
        ),
        (
            {"content": Content("a\N{NO-BREAK SPACE}b"), "coding": 8},
            "The text of 3 characters goes out as UCS-2 in 1 part: character 2 (U+00A0 NO-BREAK SPACE) is not in "
            "the GSM alphabet and forced Unicode.",
        ),
        (
            {"content": Content("щ", coding=8), "coding": 8},
            "The text of 1 character goes out as UCS-2 in 1 part; the customer fixed the coding.",
        ),
        (
            {"content": Content(kind=Kind.BINARY, data=b"\1\2\3"), "coding": 4},
            "The content (binary, 3 octets of data) goes out as 8-bit data in 1 part.",
        ),
        (
            {
                "content": Content(kind=Kind.BINARY, data=b"!", udh=bytes.fromhex("050A03070560"), coding=245, pid=64),
                "coding": 4,
            },
            "The content (binary, 1 octet of data behind a header of 6 octets, protocol_id 64, data_coding 245) goes "
            "out as 8-bit data in 1 part.",
        ),
        ({"content": Content(kind=Kind.PING)}, "The content (ping) goes out as GSM 7-bit in 1 part."),
        ({"content": Content(kind=Kind.HLR)}, "It is a query (hlr): nothing goes out to a handset."),
    ],
)
async def test_it_tells_the_parts_the_coding_and_the_character_that_forced_it(changes, sentence):
    assert told(await trace(message(**changes)), "Measured") == [sentence]


async def test_it_tells_the_routes_considered_and_why_one_won():
    assert told(await trace(message()), "Routed") == [
        "Route poland does not fit: the number does not begin with 48. "
        "Route kyivstar fits: the number begins with 38067; it leads to kyivstar, then to lifecell."
    ]


async def test_routes_and_prices_are_explained_by_the_rules_in_force_then_and_not_by_those_of_today():
    today = directory([Rule("new", ("new",))], [TariffLine("dear", "standard", "99")])
    then = await trace(message(), where=today)
    assert "Route kyivstar fits" in told(then, "Routed")[0]
    assert "Price line ua" in told(then, "Priced")[0]
    lost = await trace(message(), where=today, documents={})
    assert told(lost, "Routed") == [
        "Route new fits: it is for everything; it leads to new. These are the rules of today; those of revision 7 "
        "are not kept. The message was given the route kyivstar when it came in."
    ]
    assert told(lost, "Priced") == [
        "Price line dear of the tariff standard counts: it is for every number. These are the tariffs of today; "
        "those of revision 7 are not kept. The message was priced by the line ua when it came in. 0.85 UAH were "
        "charged to purse 5."
    ]


async def test_it_tells_the_price_line_the_price_of_a_part_and_the_purse():
    counts = (
        "Price line ua of the tariff standard counts: the number begins with 380. Price line any fits less "
        "exactly: it is for every number."
    )
    assert told(await trace(message()), "Priced") == [f"{counts} 0.85 UAH were charged to purse 5."]
    assert told(await trace(message(parts=3, price=2_550_000)), "Priced") == [
        f"{counts} 3 parts at 0.85 UAH are 2.55 UAH, charged to purse 5."
    ]
    assert told(await trace(message(price=0)), "Priced") == [f"{counts} It is free of charge."]


async def test_it_tells_a_refusal_that_keeps_its_id():
    refused = message(
        state=State.REJECTED, refusal="stop_listed", error=250, final_at=T0, route_id="", tariff_line="", price=0
    )
    story = await trace(refused)
    assert told(story, "Refusal") == [
        "It was refused at once, because the number is on a stop list (error 250: the account forbids the number); "
        "it keeps its id and costs nothing."
    ]
    assert told(story, "Routed") == told(story, "Priced") == []
    assert told(story, "Stands") == [
        "Rejected since 2025-11-21 04:40:00.000, error 250: the account forbids the number."
    ]


async def test_it_tells_each_attempt_with_times_answer_and_id():
    one = message(state=State.SENDING)
    story = await trace(
        one,
        [
            attempt(one, AttemptState.FAILED, upstream_id="", error=220, detail="ESME_RMSGQFUL", connector="lifecell"),
            attempt(one, AttemptState.IN_DOUBT, upstream_id="", try_no=2, sent_at=T0 + 50, detail="the link died"),
            attempt(one, AttemptState.TAKEN, try_no=3, sent_at=T0 + 90, answered_at=T0 + 102),
        ],
    )
    assert story.sentences()[5:8] == [
        "2025-11-21 04:40:00.010  It was handed to lifecell (try 1); it was refused after 12 ms: error 220, the "
        "operator's queue for this subscriber is full (the carrier said 'ESME_RMSGQFUL').",
        "2025-11-21 04:40:00.050  It was handed to kyivstar (try 2); whether it got there is in doubt: the link died.",
        "2025-11-21 04:40:00.090  It was handed to kyivstar (try 3); it was taken after 12 ms under the id 7a3f.",
    ]


async def test_it_tells_the_parts_of_a_long_message_apart():
    long = message(parts=3, state=State.SENDING)
    story = await trace(
        long,
        [
            attempt(long, AttemptState.TAKEN),
            attempt(long, AttemptState.TAKEN, part_first=2, part_last=3, upstream_id=""),
        ],
    )
    assert told(story, "Tried") == [
        "Part 1 of 3 was handed to kyivstar (try 1); it was taken after 12 ms under the id 7a3f.",
        "Parts 2 to 3 of 3 were handed to kyivstar (try 1); they were taken after 12 ms without an id, so no receipt "
        "can match.",
    ]


async def test_it_tells_the_receipt_that_decided():
    one = message(state=State.DELIVERED, final_at=T0 + 500)
    done = attempt(one, AttemptState.DELIVERED, receipt_at=T0 + 500, detail="DELIVRD")
    story = await trace(one, [done])
    assert told(story, "Tried") == ["It was handed to kyivstar (try 1); it was taken after 12 ms under the id 7a3f."]
    assert told(story, "Heard") == ["kyivstar reported it delivered."]
    assert story.events[-1].sentence == "Delivered since 2025-11-21 04:40:00.500."

    two = message(state=State.UNDELIVERABLE, final_at=T0 + 500, error=1)
    failed = attempt(two, AttemptState.UNDELIVERABLE, receipt_at=T0 + 500, error=1, detail="UNDELIV")
    story = await trace(two, [failed])
    assert told(story, "Heard") == [
        "kyivstar reported it undeliverable: error 1, the number does not exist (the carrier said 'UNDELIV')."
    ]
    assert story.events[-1].sentence == (
        "Undeliverable since 2025-11-21 04:40:00.500, error 1: the number does not exist."
    )


@pytest.mark.parametrize(
    ("state", "fate", "sentence"),
    [
        (
            State.DELIVERED,
            ReceiptFate.REPEATED,
            "kyivstar reported it delivered once more; that was known and changed nothing.",
        ),
        (
            State.UNDELIVERABLE,
            ReceiptFate.CONTRADICTED,
            "kyivstar reported it undeliverable; that contradicts what was known and was ignored, a final state stays.",
        ),
        (
            None,
            ReceiptFate.INTERMEDIATE,
            "kyivstar reported it on its way; that is not final and changed nothing.",
        ),
        (
            State.DELIVERED,
            ReceiptFate.PARKED,
            "kyivstar reported it delivered; it matches no hand-over yet and is kept.",
        ),
    ],
)
async def test_R17_it_tells_receipts_that_were_ignored_and_why(state, fate, sentence):
    one = message(state=State.DELIVERED, final_at=T0 + 500)
    done = attempt(one, AttemptState.DELIVERED, receipt_at=T0 + 500)
    other = KeptReceipt(9, Receipt("kyivstar", "7a3f", state, received_at=T0 + 900), fate, one.id, 1)
    heard = told(await trace(one, [done], [other]), "Heard")
    assert heard == ["kyivstar reported it delivered.", sentence]


async def test_R13_a_receipt_that_came_before_the_answer_is_told_once():
    one = message(state=State.DELIVERED, final_at=T0 + 30)
    done = attempt(one, AttemptState.DELIVERED, receipt_at=T0 + 15)
    early = KeptReceipt(
        9, Receipt("kyivstar", "7a3f", State.DELIVERED, received_at=T0 + 15), ReceiptFate.MATCHED, one.id, 1
    )
    assert told(await trace(one, [done], [early]), "Heard") == [
        "kyivstar reported it delivered; the receipt came before the answer it belongs to, was kept and then matched."
    ]


async def test_it_tells_each_notice_with_target_tries_and_last_answer():
    one = message(state=State.DELIVERED, final_at=T0 + 500)
    common = {"account_id": 1, "created_at": T0 + 500, "message": one, "state": State.DELIVERED}
    notices = [
        Notice(1, target="endpoint:3", **common),
        Notice(2, target="endpoint:3", tries=2, next_try_at=T0 + 60_000, answer="500", **common),
        Notice(
            3,
            target="smpp:shop",
            tries=1,
            answer="ESME_ROK",
            progress=NoticeState.DELIVERED,
            settled_at=T0 + 700,
            **common,
        ),
        Notice(
            4,
            target="handler",
            tries=50,
            answer="timeout",
            progress=NoticeState.GIVEN_UP,
            settled_at=T0 + 900,
            **common,
        ),
    ]
    story = await trace(one, [attempt(one, AttemptState.DELIVERED, receipt_at=T0 + 400)], notices=notices)
    assert told(story, "Told") == [
        "Notice evt_1 (delivered) to endpoint:3 (https://shop.example/events) waits for its first try.",
        "Notice evt_2 (delivered) to endpoint:3 (https://shop.example/events) waits for its next try at 2025-11-21 "
        "04:41:00.000; 2 tries failed, the last answer was '500'.",
        "Notice evt_3 (delivered) to smpp:shop was delivered at 2025-11-21 04:40:00.700 after 1 try, the last answer "
        "was 'ESME_ROK'.",
        "Notice evt_4 (delivered) to handler was given up at 2025-11-21 04:40:00.900 after 50 tries, the last answer "
        "was 'timeout'.",
    ]
    assert story.events[-1].sentence == (
        "Delivered since 2025-11-21 04:40:00.500; it waits for 2 notices to be delivered."
    )


async def test_no_secret_of_an_endpoint_is_told():
    one = message(state=State.DELIVERED, final_at=T0)
    notice = Notice(1, 1, "endpoint:3", T0, message=one, state=State.DELIVERED)
    told = json.dumps((await trace(one, notices=[notice])).as_json())
    assert "secret" not in told


async def test_it_tells_what_was_refunded():
    whole = message(state=State.EXPIRED, final_at=T0 + 500, refunded=850_000)
    assert told(await trace(whole), "Refunded") == ["The whole price, 0.85 UAH, was refunded to purse 5."]
    part = message(state=State.REJECTED, final_at=T0 + 500, parts=2, price=1_700_000, refunded=850_000)
    assert told(await trace(part), "Refunded") == [
        "0.85 UAH of 1.70 UAH were refunded to purse 5: what no carrier took is not paid."
    ]
    assert told(await trace(message()), "Refunded") == []


DAY_LATER = "2025-11-22 04:40:00.000"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": State.HELD}, "Held now; it waits for the other parts of the message."),
        (
            {"state": State.SCHEDULED, "due_at": T0 + 60_000},
            "Scheduled now; it waits for its time, 2025-11-21 04:41:00.000.",
        ),
        ({"state": State.PAUSED}, "Paused now; it waits for somebody to let it go on."),
        ({"state": State.QUEUED}, f"Queued now; it waits for its turn on kyivstar, until {DAY_LATER}."),
        ({"state": State.SENDING}, "Being sent now; it waits for the answer of kyivstar."),
        (
            {"state": State.IN_DOUBT, "maybe_twice": True},
            "In doubt now; it was resent out of doubt and may have arrived twice; it waits for a receipt that says "
            f"whether kyivstar has it, until {DAY_LATER} and a day more.",
        ),
        ({"state": State.CANCELLED, "final_at": T0 + 5}, "Cancelled since 2025-11-21 04:40:00.005."),
        (
            {"state": State.UNKNOWN, "final_at": T0 + 5, "error": 245},
            "Unknown since 2025-11-21 04:40:00.005, error 245: no status was received in time.",
        ),
    ],
)
async def test_it_tells_where_it_stands_and_what_it_waits_for(changes, sentence):
    assert (await trace(message(**changes))).events[-1].sentence == sentence


async def test_a_message_that_failed_waits_for_its_next_try():
    one = message(state=State.QUEUED, next_try_at=T0 + 5_000, tries=1)
    story = await trace(one, [attempt(one, AttemptState.FAILED, upstream_id="")])
    assert story.events[-1].sentence == (
        f"Queued now; it waits for its next try on kyivstar at 2025-11-21 04:40:05.000, until {DAY_LATER}."
    )


async def test_a_message_of_which_a_carrier_has_every_part_is_sent_though_sending_is_stored():
    one = message(state=State.SENDING, parts=2)
    first = attempt(one, AttemptState.TAKEN)
    second = replace(first, part_first=2, part_last=2)
    assert (await trace(one, [first])).events[-1].sentence == "Being sent now; it waits for the answer of kyivstar."
    sent = await trace(one, [first, second])
    assert sent.events[-1].sentence == (
        f"Sent now; it waits for the carrier's receipt, until {DAY_LATER} and a day more."
    )
    assert sent.as_json()["events"][-1]["state"] == "sent"


async def test_events_come_in_the_order_they_happened():
    one = message(state=State.DELIVERED, final_at=T0 + 500)
    story = await trace(
        one,
        [
            attempt(one, AttemptState.DELIVERED, sent_at=T0 + 200, try_no=2, receipt_at=T0 + 500),
            attempt(one, AttemptState.FAILED, sent_at=T0 + 100, upstream_id=""),
        ],
        notices=[Notice(1, 1, "endpoint:3", T0 + 501, message=one, state=State.DELIVERED)],
    )
    names = [type(event).__name__ for event in story.events]
    assert names == ["Came", "Normalised", "Measured", "Routed", "Priced", "Tried", "Tried", "Heard", "Told", "Stands"]
    assert [event.at for event in story.events] == sorted(event.at for event in story.events)


async def test_the_json_form_has_every_fact():
    one = message(state=State.DELIVERED, final_at=T0 + 500)
    story = await trace(one, [attempt(one, AttemptState.DELIVERED, receipt_at=T0 + 500)])
    shape = json.loads(json.dumps(story.as_json()))
    assert shape["message_id"] == 100_000_001
    events = {event["event"]: event for event in shape["events"]}
    assert events["came"]["peer"] == "192.0.2.5"
    assert (events["came"]["sender"], events["came"]["sender_asked"], events["came"]["campaign"]) == ("Shop", "Shop", 0)
    assert events["priced"]["per_part"] == 850_000
    assert events["priced"]["currency"] == "UAH"
    assert events["routed"]["considered"][1]["rule_id"] == "kyivstar"
    assert events["routed"]["considered"][1]["matched"] is True
    assert events["tried"]["upstream_id"] == "7a3f"
    assert (events["tried"]["outcome"], events["heard"]["said"]) == ("taken", "delivered")
    assert events["stands"]["is_final"] is True


async def test_the_store_gives_the_whole_story_of_what_was_written():
    store = SqliteStore(None)
    await store.open()
    fence = Fence(1, 1)
    await store.change_directory([replace(SHOP, id=0), Purse(0, 1, "UAH", 0)], "test", T0)
    await store.keep_document("routes", dump_rules(RULES), "test", T0)
    revision = await store.keep_document("tariffs", dump_tariffs(LINES), "test", T0)
    rows = await store.directory()
    [account], [purse] = rows.accounts, await store.purses()
    await store.write([Entry(T0, "top-up", purse.id, "bank", f"purse:{purse.id}", 10_000_000, 1, 0, 0)], fence, T0)
    first = store.take_ids(1)
    one = message(
        id=first, request_id=first, account_id=account.id, purse=purse.id, revision=revision, targets=("endpoint:3",)
    )
    await store.write([replace(one, state=State.SENDING)], fence, T0)
    refused = attempt(one, AttemptState.FAILED, upstream_id="", error=220)
    taken = attempt(one, AttemptState.TAKEN, connector="lifecell", sent_at=T0 + 60, answered_at=T0 + 70, try_no=2)
    await store.write([refused, taken], fence, T0 + 70)
    notice = Notice(
        store.take_event_ids(1), account.id, "endpoint:3", T0 + 99, message=one, state=State.UNDELIVERABLE, error=1
    )
    late = Receipt("lifecell", "7a3f", State.DELIVERED, received_at=T0 + 150)
    end = Move(one.id, State.UNDELIVERABLE, "lifecell", 2, 0, 1, T0 + 99, False, purse.id, 850_000)
    heard = AttemptMove(one.id, 1, 2, AttemptState.UNDELIVERABLE, "7a3f", T0 + 70, T0 + 99, 1, "UNDELIV")
    await store.write([heard, end, notice], fence, T0 + 99)
    kept = KeptReceipt(store.take_event_ids(1), late, ReceiptFate.CONTRADICTED, one.id, 1)
    await store.write([kept], fence, T0 + 150)
    where = Directory(rows, [Rule("new", ("new",))], [], PrefixPlan(), b"key")

    story = await tell(store, where, first)
    await store.close()

    assert story is not None
    assert [type(event).__name__ for event in story.events] == [
        "Came",
        "Normalised",
        "Measured",
        "Routed",
        "Priced",
        "Tried",
        "Tried",
        "Heard",
        "Told",
        "Refunded",
        "Heard",
        "Stands",
    ]
    assert [event.sentence for event in story.events[3:]] == [
        "Route poland does not fit: the number does not begin with 48. Route kyivstar fits: the number begins with "
        "38067; it leads to kyivstar, then to lifecell.",
        "Price line ua of the tariff standard counts: the number begins with 380. Price line any fits less exactly: "
        f"it is for every number. 0.85 UAH were charged to purse {purse.id}.",
        "It was handed to kyivstar (try 1); it was refused after 12 ms: error 220, the operator's queue for this "
        "subscriber is full.",
        "It was handed to lifecell (try 2); it was taken after 10 ms under the id 7a3f.",
        "lifecell reported it undeliverable: error 1, the number does not exist (the carrier said 'UNDELIV').",
        f"Notice evt_{notice.id} (undeliverable) to endpoint:3 waits for its first try.",
        f"The whole price, 0.85 UAH, was refunded to purse {purse.id}.",
        "lifecell reported it delivered; that contradicts what was known and was ignored, a final state stays.",
        "Undeliverable since 2025-11-21 04:40:00.099, error 1: the number does not exist; it waits for 1 notice to "
        "be delivered.",
    ]


def test_moments_and_amounts_are_exact():
    assert moment(T0 + 7) == "2025-11-21 04:40:00.007"
    assert moment(0) == "unknown"
    assert money(850_000, "UAH") == "0.85 UAH"
    assert money(1, "UAH") == "0.000001 UAH"
    assert money(-12_000_000, "EUR") == "-12.00 EUR"
