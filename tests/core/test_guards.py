"""Nothing is accepted twice within its window, and one idempotency key has one outcome."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.core.guards import (
    Claim,
    Duplicates,
    Idempotency,
    KeyReused,
    Replay,
    body_hash,
    scope_of,
)
from heliograph.model.message import Content, Kind, Submission
from heliograph.model.refusal import Reason
from heliograph.model.rows import Guard
from heliograph.ports import Recent, StoreFailure

T0 = 1_763_700_000_000
KYIV = "380671234567"


class Rule:
    """The duplicate rule with everything but the interesting part filled in."""

    def __init__(self, max_keys: int = 1_000) -> None:
        self.duplicates = Duplicates(max_keys)

    def reserve(self, at: int, text: str = "hello", *, scope="smsclub", account=1, sender="Shop", to=KYIV, window=120):
        return self.duplicates.reserve(scope, account, sender, to, text, window, at)

    def accept(self, at: int, text: str = "hello", **others) -> bool:
        key = self.reserve(at, text, **others)
        if isinstance(key, Reason):
            assert key is Reason.DUPLICATE
            return False
        self.duplicates.confirm(key, at)
        return True


@pytest.mark.covers_part(23)
@pytest.mark.parametrize(
    ("later_ms", "accepted"),
    [(1, False), (119_000, False), (119_999, False), (120_000, True), (121_000, True), (3_600_000, True)],
)
def test_R25_the_same_again_is_a_duplicate_for_exactly_two_minutes(later_ms, accepted):
    rule = Rule()
    assert rule.accept(T0)
    assert rule.accept(T0 + later_ms) is accepted


@pytest.mark.parametrize("phase", [0, 1, 4_999, 9_999])
def test_R25_the_edge_is_exact_wherever_in_a_generation_it_lies(phase):
    rule = Rule()
    start = T0 // 10_000 * 10_000 + phase
    rule.accept(start)
    for second in range(1, 120):
        assert not rule.accept(start + second * 1000)
    assert rule.accept(start + 120_000)


def test_R25_the_window_counts_from_the_accepted_message_not_from_the_refused_ones():
    rule = Rule()
    rule.accept(T0)
    rule.accept(T0 + 100_000)
    assert rule.accept(T0 + 120_000)


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "smsc"},
        {"account": 2},
        {"sender": "Bank"},
        {"to": "380501234567"},
        {"text": "hello!"},
        {"text": "Hello"},
        {"sender": "Shoph", "text": "ello"},
        {"sender": "Sho", "text": "phello"},
    ],
)
def test_R25_what_differs_in_anything_is_no_duplicate(other):
    rule = Rule()
    rule.accept(T0)
    assert rule.accept(T0 + 1, **other)


def test_R25_one_of_a_hundred_parallel_requests_gets_the_right_to_send():
    rule = Rule()
    keys = [rule.reserve(T0) for _ in range(100)]
    assert not isinstance(keys[0], Reason)
    assert keys[1:] == [Reason.DUPLICATE] * 99


def test_R25_a_released_reservation_does_not_count():
    rule = Rule()
    key = rule.reserve(T0)
    rule.duplicates.release(key)
    assert rule.accept(T0 + 1)


def test_R25_a_long_commit_keeps_its_reservation():
    rule = Rule()
    rule.reserve(T0)
    assert rule.reserve(T0 + 500_000) is Reason.DUPLICATE


def test_R25_the_rule_holds_across_a_restart():
    rule = Rule()
    seen = [
        Recent(1, "smsclub_json", "Shop", KYIV, "hello", T0 - 60_000),
        Recent(1, "smsclub_json", "Shop", KYIV, "old", T0 - 121_000),
    ]
    rule.duplicates.load(seen, T0)
    assert not rule.accept(T0 + 59_999)
    assert rule.accept(T0 + 60_000)
    assert rule.accept(T0, "old")


def test_R25_smsclubs_tongues_are_one_place_and_every_other_is_its_own():
    tongues = ["smsclub_json", "smsclub_gate", "smsclub_smpp", "smsc_send", "smpp", "native"]
    assert [scope_of(tongue) for tongue in tongues] == ["smsclub", "smsclub", "smsclub", "smsc_send", "smpp", "native"]


def test_R25_a_longer_window_than_usual_is_kept_in_full():
    rule = Rule()
    assert rule.accept(T0, window=600)
    assert not rule.accept(T0 + 599_999, window=600)
    assert rule.accept(T0 + 600_000, window=600)


def test_a_shorter_window_of_another_dialect_is_its_own():
    rule = Rule()
    rule.accept(T0, window=60, scope="smsc")
    assert not rule.accept(T0 + 59_999, window=60, scope="smsc")
    assert rule.accept(T0 + 60_000, window=60, scope="smsc")


def test_above_the_mark_nothing_is_let_through_until_keys_grow_old():
    rule = Rule(max_keys=3)
    for number in range(3):
        assert rule.accept(T0, f"text {number}")
    assert rule.reserve(T0 + 1, "one more") is Reason.BUSY
    assert rule.reserve(T0 + 1, "text 1") is Reason.DUPLICATE, "a known duplicate is told as such"
    assert rule.accept(T0 + 130_000, "one more")


def test_reservations_count_towards_the_mark():
    rule = Rule(max_keys=2)
    first = rule.reserve(T0, "a")
    rule.reserve(T0, "b")
    assert rule.reserve(T0, "c") is Reason.BUSY
    rule.duplicates.release(first)
    assert not isinstance(rule.reserve(T0, "c"), Reason)


def test_P8_old_keys_are_freed():
    rule = Rule(max_keys=10_000)
    for number in range(2_000):
        rule.accept(T0, f"text {number}")
    assert len(rule.duplicates) == 2_000
    for number in range(600):
        rule.accept(T0 + 140_000 + number, f"new {number}")
    assert len(rule.duplicates) == 600


def test_R24_a_clock_set_back_an_hour_makes_no_window_longer():
    rule = Rule()
    rule.accept(T0)
    back = T0 - 3_600_000
    assert not rule.accept(back + 1_000), "the same within seconds is a duplicate whatever the clock says"
    assert rule.accept(back + 135_000)


def test_R24_a_clock_set_back_while_the_gateway_was_down_makes_no_window_longer():
    rule = Rule()
    rule.duplicates.load([Recent(1, "smsclub", "Shop", KYIV, "hello", T0 + 3_600_000)], T0)
    assert not rule.accept(T0 + 119_000)
    assert rule.accept(T0 + 120_000)


def test_texts_are_not_kept():
    rule = Rule()
    rule.accept(T0, "very secret words")
    assert "secret" not in repr(vars(rule.duplicates))


def test_a_digest_is_of_no_use_to_another_process():
    assert Duplicates(10).reserve("s", 1, "a", "1", "t", 120, T0) != Duplicates(10).reserve(
        "s", 1, "a", "1", "t", 120, T0
    )


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40_000),
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["accept", "refuse", "hang"]),
        ),
        max_size=60,
    )
)
def test_R25_the_rule_agrees_with_a_list_of_everything_accepted(steps):
    rule, now, accepted, hanging = Rule(), T0, [], set()
    for step, text, fate in steps:
        now += step
        is_twin = text in hanging or any(text == other and now - at < 120_000 for other, at in accepted)
        key = rule.reserve(now, text)
        assert (key is Reason.DUPLICATE) is is_twin
        if is_twin:
            continue
        if fate == "accept":
            rule.duplicates.confirm(key, now)
            accepted.append((text, now))
        elif fate == "refuse":
            rule.duplicates.release(key)
        else:
            hanging.add(text)


class Guards:
    """The one verb of a store that idempotency needs."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], Guard] = {}
        self.reads = 0
        self.failing = False

    async def guard(self, account_id: int, key: str, now: int) -> Guard | None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failing:
            raise StoreFailure("no store")
        row = self.rows.get((account_id, key))
        return row if row is not None and row.until > now else None

    def keep(self, row: Guard) -> None:
        self.rows[row.account_id, row.key] = row


async def carry_out(keys: Idempotency, store: Guards, sent: list[int], body: str = "body") -> object:
    claim = await keys.claim(7, "order-1", body, T0)
    if not isinstance(claim, Claim):
        return claim
    message_id = 100_000_001 + len(sent)
    sent.append(message_id)
    await asyncio.sleep(0)
    store.keep(claim.row([message_id], T0))
    claim.done([message_id])
    return Replay((message_id,))


async def test_R25_a_hundred_parallel_requests_with_one_key_send_once_and_get_equal_answers():
    store, sent = Guards(), []
    keys = Idempotency(store)
    answers = await asyncio.gather(*(carry_out(keys, store, sent) for _ in range(100)))
    assert sent == [100_000_001]
    assert answers == [Replay((100_000_001,))] * 100
    assert len(keys) == 0


async def test_R25_a_later_request_with_the_key_gets_the_first_answer():
    store, sent = Guards(), []
    await carry_out(Idempotency(store), store, sent)
    after_restart = Idempotency(store)
    assert await carry_out(after_restart, store, sent) == Replay((100_000_001,))
    assert sent == [100_000_001]


async def test_R26_a_key_with_another_body_is_refused_in_parallel_and_later():
    store, sent = Guards(), []
    keys = Idempotency(store)
    answers = await asyncio.gather(
        carry_out(keys, store, sent, "body"), carry_out(keys, store, sent, "another"), carry_out(keys, store, sent)
    )
    assert answers == [Replay((100_000_001,)), KeyReused(), Replay((100_000_001,))]
    assert await carry_out(keys, store, sent, "another") == KeyReused()
    assert sent == [100_000_001]


async def test_R25_when_the_first_is_refused_the_next_in_line_tries():
    store = Guards()
    keys = Idempotency(store)
    first = await keys.claim(7, "k", "b", T0)
    assert isinstance(first, Claim)
    others = [asyncio.create_task(keys.claim(7, "k", "b", T0)) for _ in range(3)]
    await asyncio.sleep(0)
    first.release()
    done, waiting = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
    [second] = [task.result() for task in done]
    assert isinstance(second, Claim)
    second.done([5])
    assert [await task for task in waiting] == [Replay((5,))] * 2


async def test_a_waiter_that_goes_away_harms_neither_the_first_nor_the_others():
    keys = Idempotency(Guards())
    first = await keys.claim(7, "k", "b", T0)
    gone, stays = (asyncio.create_task(keys.claim(7, "k", "b", T0)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    assert isinstance(first, Claim)
    first.done([9])
    assert await stays == Replay((9,))


async def test_a_failing_store_lets_nothing_through_and_blocks_nothing():
    store = Guards()
    keys = Idempotency(store)
    store.failing = True
    with pytest.raises(StoreFailure):
        await keys.claim(7, "k", "b", T0)
    store.failing = False
    assert isinstance(await keys.claim(7, "k", "b", T0), Claim)


async def test_keys_belong_to_their_account_and_live_a_day():
    store, sent = Guards(), []
    keys = Idempotency(store)
    await carry_out(keys, store, sent)
    assert isinstance(await keys.claim(8, "order-1", "other", T0), Claim)
    assert isinstance(await keys.claim(7, "order-1", "other", T0 + 24 * 3_600_000 - 1), KeyReused)
    assert isinstance(await keys.claim(7, "order-1", "other", T0 + 24 * 3_600_000), Claim)


def submission(**changes) -> Submission:
    fields = {
        "account_id": 1,
        "door": "native",
        "dialect": "native",
        "sender": "Shop",
        "recipient": KYIV,
        "recipient_given": KYIV,
        "content": Content("hello"),
    }
    return Submission(**(fields | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "Bank"},
        {"recipient_given": "380501234567"},
        {"content": Content("hello!")},
        {"content": Content("hello", kind=Kind.FLASH)},
        {"content": Content("", data=b"hello")},
        {"validity_s": 60},
        {"due_at": T0},
        {"integration_id": 42},
        {"channel": "viber"},
    ],
)
def test_R26_another_request_has_another_hash(change):
    assert body_hash([submission(**change)]) != body_hash([submission()])


def test_R26_the_same_request_has_the_same_hash_from_wherever_it_comes():
    assert body_hash([submission(peer="192.0.2.1")]) == body_hash([submission(peer="192.0.2.2")])
    assert body_hash([submission()]) != body_hash([submission(), submission()])
