"""The connector and the carrier behind it, through `ports.Connector` and `ports.Lift`, in a time that jumps from event
to event: nothing here waits for a clock on the wall."""

from __future__ import annotations

import asyncio
import functools
import inspect
import selectors
import zlib

import pytest

from heliograph.channels.sms.numbering import Operator
from heliograph.connectors.simulated import SimulatedConnector
from heliograph.model.message import Attempt, Content, Kind, Message, Network, Priority, State
from heliograph.model.outcome import Failed, InDoubt, Taken
from heliograph.model.receipt import Incoming
from heliograph.simulator.memory import read_ledger
from heliograph.simulator.personality import MAGIC, PERSONALITIES
from simulator.full_disk import files_no_longer_than

START = 1_763_700_000_000
TEXT = "Your code is 123456"


class _JumpingSelector(selectors.DefaultSelector):
    seconds = 100.0

    def select(self, timeout=None):
        if timeout:
            self.seconds += timeout
        return super().select(0)


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.jumping = _JumpingSelector()
        super().__init__(self.jumping)

    def time(self):
        return self.jumping.seconds


def in_jumping_time(test):
    """Run a coroutine test in a loop that never waits: when all is done it jumps to the next timer."""

    @functools.wraps(test)
    def run(*words, **named):
        with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
            runner.run(asyncio.wait_for(test(*words, **named), 10_000))

    run.__signature__ = inspect.signature(test)
    return run


class LoopClock:
    """The loop's time; the wall clock may be set."""

    def __init__(self):
        self.set_by = 0

    def now(self):
        return START + int(self.monotonic() * 1000) + self.set_by

    def monotonic(self):
        return asyncio.get_running_loop().time()


class Collector:
    """A `ports.Lift` that keeps everything, with when it came; `keeps` answers each list of events, None: not yet."""

    def __init__(self, clock, keeps=True):
        self.clock = clock
        self.keeps = keeps
        self.answers = []
        self.lists = []
        self.thens = []
        self.ready_for = []

    def settled(self, outcomes):
        self.answers.append((self.clock.now(), outcomes))

    def received(self, events, then):
        self.lists.append((self.clock.now(), events))
        if self.keeps is None:
            self.thens.append(then)
        else:
            then(self.keeps)

    def ready(self, connector):
        self.ready_for.append(connector)

    @property
    def outcomes(self):
        return [pair for _, pairs in self.answers for pair in pairs]

    @property
    def events(self):
        return [event for _, events in self.lists for event in events]

    def keep_all(self):
        thens, self.thens = self.thens, []
        for then in thens:
            then(True)


class World:
    """A started connector, what it told, and its file."""

    def __init__(self, personality, path, keeps, how):
        self.clock = LoopClock()
        self.lift = Collector(self.clock, keeps)
        self.path = path
        self.connector = SimulatedConnector("carrier", personality, path, self.clock, **how)
        self.began = self.clock.now()

    def send(self, *numbers, try_no=1):
        attempts = [attempt(number, place, try_no) for place, number in enumerate(numbers)]
        self.connector.send(attempts)
        return attempts

    def times(self):
        """(ms since the beginning, state) of each receipt, (ms, text) of each text."""
        return [
            (at - self.began, event.text if isinstance(event, Incoming) else event.state)
            for at, events in self.lift.lists
            for event in events
        ]


async def world(personality="polite", path=None, *, keeps=True, **how):
    made = World(personality, path, keeps, how)
    await made.connector.start(made.lift)
    return made


def attempt(number, place=0, try_no=1, *, part=1, parts=1, sender="Shop"):
    message = Message(
        100_000_001 + place, 1, "sms", sender, number, number, Content(TEXT), 0, parts, State.SENDING, Priority.NORMAL,
        "smsclub", "smsclub_json", "", 1, START, START, START + 86_400_000, "carrier", "all", "all", 1, 450_000, 1,
    )  # fmt: skip
    return Attempt(message, part, part, try_no, "carrier")


def ordinary(count):
    return [f"38067{number:05d}26" for number in range(count)]


# -- answers -----------------------------------------------------------------------------------------------------------


@in_jumping_time
async def test_a_list_is_answered_in_one_list_at_the_loops_next_turn_and_not_before():
    it = await world("polite")
    attempts = it.send(*ordinary(3))
    assert it.lift.answers == []
    await asyncio.sleep(0)
    [(at, outcomes)] = it.lift.answers
    assert at == it.began
    assert outcomes == [(attempts[0], Taken(outcomes[0][1].upstream_id)), *outcomes[1:]]
    assert [tried for tried, _ in outcomes] == attempts
    assert len({outcome.upstream_id for _, outcome in outcomes}) == 3
    await it.connector.stop(0)


@pytest.mark.parametrize("name", PERSONALITIES)
@in_jumping_time
async def test_every_attempt_is_settled_exactly_once_whatever_the_carrier_does(name):
    it = await world(name)
    numbers = [f"38067123{digits}" for digits in MAGIC] + [f"38067123456{digit}" for digit in range(10)]
    attempts = it.send(*numbers)
    await asyncio.sleep(120)
    assert sorted(map(id, attempts)) == sorted(id(tried) for tried, _ in it.lift.outcomes)
    assert it.connector.status.unanswered == 0
    await it.connector.stop(10)
    assert len(it.lift.outcomes) == len(attempts)


@pytest.mark.parametrize(
    ("digits", "answered_ms", "kind", "receipts"),
    [
        ("0000", 0, Taken, [(State.DELIVERED, 0)]),
        ("0001", 0, Taken, [(State.UNDELIVERABLE, 6)]),
        ("0002", 0, Taken, [(State.EXPIRED, 6)]),
        ("0003", 0, Failed, []),
        ("0004", 0, Failed, []),
        ("0005", 60_000, InDoubt, []),
        ("0006", 3_000, Taken, [(State.DELIVERED, 0)]),
        ("0007", 500, Taken, [(State.DELIVERED, 0)]),
        ("0008", 0, Taken, [(State.DELIVERED, 0), (State.DELIVERED, 0)]),
        ("0009", 0, Taken, []),
        ("0010", 0, Taken, [(State.UNDELIVERABLE, 1)]),
        ("0011", 0, Failed, []),
        ("0012", 0, Taken, [(State.DELIVERED, 0), (State.UNDELIVERABLE, 6)]),
        ("0013", 0, Taken, [(State.DELIVERED, 0)]),
        ("0014", 0, Taken, [(State.DELIVERED, 0)]),
        ("0015", 0, Taken, [(None, 0), (State.DELIVERED, 0)]),
        ("0016", 0, Taken, [(State.DELIVERED, 0)]),
        ("0017", 0, Taken, [(State.DELIVERED, 0)]),
        ("0018", 0, Failed, []),
        ("0019", 0, Taken, [(State.DELIVERED, 0)]),
    ],
)
@in_jumping_time
async def test_a_magic_number_is_answered_and_reported_as_the_page_says(digits, answered_ms, kind, receipts):
    it = await world("polite")
    it.send(f"38067123{digits}")
    await asyncio.sleep(100)
    [(at, [(_, outcome)])] = it.lift.answers
    assert answered_ms <= at - it.began <= answered_ms + 20
    assert type(outcome) is kind
    seen = [(event.state, event.error) for event in it.lift.events if not isinstance(event, Incoming)]
    assert seen == receipts
    await it.connector.stop(0)


@in_jumping_time
async def test_refusals_say_whether_and_when_to_try_again():
    it = await world("polite")
    it.send("380671230003", "380671230011", "380671230004", "380671230018")
    await asyncio.sleep(1)
    assert [outcome for _, outcome in it.lift.outcomes] == [
        Failed(255, permanent=True, detail="refused"),
        Failed(220, permanent=False, retry_after_ms=1_000, detail="not now"),
        Failed(0, permanent=False, retry_after_ms=500, throttled=True, detail="throttled"),
        Failed(220, permanent=False, detail="not now"),
    ]
    await it.connector.stop(0)


@in_jumping_time
async def test_R13_a_receipt_may_come_before_its_answer():
    it = await world("polite")
    it.send("380671230007")
    await asyncio.sleep(1)
    [(received, [receipt])], [(answered, [(_, outcome)])] = it.lift.lists, it.lift.answers
    assert received < answered
    assert receipt.upstream_id == outcome.upstream_id
    await it.connector.stop(0)


@in_jumping_time
async def test_R9_an_answer_that_never_comes_is_in_doubt_after_the_wait_for_late_ones():
    it = await world("polite", late_answer_wait_s=7.5)
    it.send("380671230005")
    await asyncio.sleep(7.4)
    assert it.lift.answers == []
    await asyncio.sleep(0.2)
    assert [type(outcome) for _, outcome in it.lift.outcomes] == [InDoubt]
    await it.connector.stop(0)


@in_jumping_time
async def test_R11_ids_may_be_missing_or_the_same_for_all():
    it = await world("polite")
    it.send("380671230016", "380671230017", "380501230017")
    await asyncio.sleep(1)
    assert [outcome.upstream_id for _, outcome in it.lift.outcomes] == ["", "4711", "4711"]
    receipts = [(event.upstream_id, event.recipient) for event in it.lift.events]
    assert receipts[1:] == [("4711", "380671230017"), ("4711", "380501230017")]
    assert receipts[0][0] not in ("", "4711")
    await it.connector.stop(0)


@in_jumping_time
async def test_R10_the_throttling_carrier_throttles_above_twenty_a_second():
    it = await world("throttles")
    it.send(*ordinary(30))
    await asyncio.sleep(0.001)
    throttled = [outcome for _, outcome in it.lift.outcomes if isinstance(outcome, Failed)]
    assert len(throttled) == 10
    assert all(outcome.throttled and outcome.retry_after_ms == 500 for outcome in throttled)
    await asyncio.sleep(1)
    it.send(*ordinary(30))
    await asyncio.sleep(0.001)
    assert len([outcome for _, outcome in it.lift.outcomes if isinstance(outcome, Taken)]) == 40
    await it.connector.stop(0)


@in_jumping_time
async def test_latency_is_added_to_every_answer():
    it = await world("polite", latency_ms=40)
    it.send("380671234567", "380671230003")
    await asyncio.sleep(1)
    assert {at - it.began for at, _ in it.lift.answers} == {40}
    await it.connector.stop(0)


# -- room and cost -----------------------------------------------------------------------------------------------------


@in_jumping_time
async def test_there_is_room_for_the_window_while_it_is_started():
    clock = LoopClock()
    connector = SimulatedConnector("carrier", "late", None, clock, window=5)
    assert (connector.free, connector.connected) == (0, False)
    lift = Collector(clock)
    await connector.start(lift)
    assert (connector.free, connector.connected) == (5, True)
    connector.send([attempt(number) for number in ordinary(3)])
    assert connector.free == 2
    await asyncio.sleep(3)
    assert connector.free == 5
    await connector.stop(0)
    assert (connector.free, connector.connected) == (0, False)


@in_jumping_time
async def test_a_thousand_parts_cost_one_timer_and_no_task():
    it = await world("polite")
    for _ in range(10):
        it.send(*ordinary(100))
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    assert len([handle for handle in loop._scheduled if not handle.cancelled()]) <= 2  # this test's own time limit
    assert len(asyncio.all_tasks()) <= 2  # this test, and on older Pythons its time limit
    await asyncio.sleep(1)
    assert len(it.lift.events) == 1_000
    await it.connector.stop(0)


@in_jumping_time
async def test_it_tells_how_it_stands():
    it = await world("late", keeps=None)
    it.send("380671234566", "380671230003", "380671230005")
    assert it.connector.status == ("late", True, 3, 2, 1, 0, 1)
    await asyncio.sleep(5)
    assert it.connector.status == ("late", True, 1, 2, 1, 0, 1)
    it.lift.keep_all()
    assert it.connector.status == ("late", True, 1, 2, 1, 1, 0)
    await it.connector.stop(0)
    assert it.connector.status.connected is False


def test_a_personality_that_does_not_exist_is_an_error_that_names_those_that_do():
    with pytest.raises(ValueError, match=r"no personality 'rude'; there are polite, .*virtual_magic"):
        SimulatedConnector("carrier", "rude", None, LoopClock())


# -- receipts ----------------------------------------------------------------------------------------------------------


@in_jumping_time
async def test_the_polite_carrier_delivers_within_a_third_of_a_second_what_went_together_comes_together():
    it = await world("polite")
    it.send(*ordinary(100))
    await asyncio.sleep(1)
    [(at, receipts)] = it.lift.lists
    assert 50 <= at - it.began <= 310
    assert {receipt.state for receipt in receipts} == {State.DELIVERED}
    assert [receipt.recipient for receipt in receipts] == ordinary(100)
    ids = {outcome.upstream_id: tried.message.recipient for tried, outcome in it.lift.outcomes}
    assert {receipt.upstream_id: receipt.recipient for receipt in receipts} == ids
    assert all(it.began + 50 <= receipt.done_at <= at for receipt in receipts)
    await it.connector.stop(0)


@in_jumping_time
async def test_R17_the_liar_repeats_and_contradicts_itself():
    it = await world("liar")
    it.send("380671234567")
    await asyncio.sleep(1)
    assert it.times() == [(50, State.DELIVERED), (60, State.DELIVERED), (200, State.UNDELIVERABLE)]
    await it.connector.stop(0)


@in_jumping_time
async def test_a_receipt_that_was_not_kept_comes_again_until_it_is(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("instant", path, keeps=False)
    it.send("380671234567")
    await asyncio.sleep(1.2)
    assert it.times() == [(0, State.DELIVERED), (500, State.DELIVERED), (1_000, State.DELIVERED)]
    assert len(read_ledger(path).owed()) == 1
    it.lift.keeps = True
    await asyncio.sleep(5)
    assert len(it.lift.events) == 4
    assert read_ledger(path).owed() == []
    await it.connector.stop(0)


@in_jumping_time
async def test_a_receipt_is_acknowledged_only_once_it_is_durable(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("instant", path, keeps=None)
    it.send("380671234567")
    await asyncio.sleep(1)
    assert len(read_ledger(path).owed()) == 1
    it.lift.keep_all()
    assert read_ledger(path).owed() == []
    await it.connector.stop(0)


@in_jumping_time
async def test_R20_ten_thousand_owed_receipts_come_in_lists_of_500_and_2000_at_a_time(tmp_path):
    path = tmp_path / "carrier.log"
    killed = await world("slow", path, window=10_000)
    killed.send(*ordinary(10_000))
    await asyncio.sleep(0)
    again = await world("slow", path, keeps=None)
    await asyncio.sleep(60)
    assert len(again.lift.events) == 2_000
    for _ in range(10):
        again.lift.keep_all()
        await asyncio.sleep(0.1)
    assert [len(events) for _, events in again.lift.lists] == [500] * 20
    assert sorted(event.recipient for event in again.lift.events) == ordinary(10_000)
    assert read_ledger(path).owed() == []
    for it in (killed, again):
        await it.connector.stop(0)


@in_jumping_time
async def test_R24_a_clock_that_is_set_back_or_forward_moves_nothing():
    it = await world("slow")
    for hours in (-1, 1, 24):
        before = it.clock.monotonic()
        it.send("380671234566")
        it.clock.set_by = hours * 3_600_000
        seen = len(it.lift.events)
        while len(it.lift.events) == seen:
            await asyncio.sleep(0.01)
        assert 5.0 <= it.clock.monotonic() - before < 5.05
    await it.connector.stop(0)


@in_jumping_time
async def test_R19_receipts_nobody_planned_can_be_sent():
    it = await world("polite")
    it.connector.report("unknown", State.UNDELIVERABLE, 6, "380671234567")
    [receipt] = it.lift.events
    assert (receipt.connector, receipt.upstream_id, receipt.state, receipt.error, receipt.recipient) == (
        "carrier", "unknown", State.UNDELIVERABLE, 6, "380671234567",
    )  # fmt: skip
    await it.connector.stop(0)


# -- what it remembers -------------------------------------------------------------------------------------------------


@in_jumping_time
async def test_parts_are_in_the_file_before_they_are_answered(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("polite", path)
    it.connector.send([attempt("380671234567", part=2, parts=3, try_no=4), attempt("380671230003")])
    assert it.lift.answers == []
    [part] = read_ledger(path).taken
    assert (part.message_id, part.part, part.try_no, part.sender, part.recipient) == (
        100_000_001, 2, 4, "Shop", "380671234567",
    )  # fmt: skip
    assert part.checksum == zlib.crc32(TEXT.encode())
    await asyncio.sleep(0)
    assert part.upstream_id in {outcome.upstream_id for _, outcome in it.lift.outcomes if isinstance(outcome, Taken)}
    await it.connector.stop(0)


@in_jumping_time
async def test_R2_what_was_taken_but_not_answered_is_reported_after_the_restart_all_the_same(tmp_path):
    path = tmp_path / "carrier.log"
    killed = await world("polite", path)
    killed.send("380671234567", "380671230001")
    again = await world("polite", path)
    await asyncio.sleep(1)
    states = {event.recipient: event.state for event in again.lift.events}
    assert states == {"380671234567": State.DELIVERED, "380671230001": State.UNDELIVERABLE}
    assert again.lift.answers == []
    for it in (killed, again):
        await it.connector.stop(0)


@in_jumping_time
async def test_R1_receipts_that_were_owed_when_it_was_killed_come_in_their_time_and_once(tmp_path):
    path = tmp_path / "carrier.log"
    killed = await world("slow", path)
    killed.send("380671234566", "380671230008")
    await asyncio.sleep(0.15)
    assert len(killed.lift.events) == 1  # the first of the two for …0008
    killed.lift.keeps = None
    again = await world("slow", path)
    await asyncio.sleep(10)
    assert [event.recipient for event in again.lift.events] == ["380671230008", "380671234566"]
    at = again.lift.lists[-1][0]
    assert killed.began + 5_000 <= at <= killed.began + 5_020
    third = await world("slow", path)
    await asyncio.sleep(10)
    assert third.lift.events == []
    for it in (killed, again, third):
        await it.connector.stop(0)


@in_jumping_time
async def test_upstream_ids_do_not_repeat_across_restarts(tmp_path):
    ids = []
    for path in (tmp_path / "carrier.log", None):
        for _ in range(3):
            it = await world("polite", path)
            it.send(*ordinary(10))
            await asyncio.sleep(0.001)
            ids += [outcome.upstream_id for _, outcome in it.lift.outcomes]
            await it.connector.stop(0)
    assert len(ids) == 60
    assert len(set(ids)) == 60


@in_jumping_time
async def test_R4_when_its_file_takes_no_more_parts_are_refused_for_now(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("instant", path)
    it.send("380671234567")
    await asyncio.sleep(0.1)
    with files_no_longer_than(path.stat().st_size + 30):
        it.send("380671234568", "380671234569", "380671230003")
    await asyncio.sleep(0.1)
    kinds = [(type(outcome), getattr(outcome, "permanent", None)) for _, outcome in it.lift.outcomes]
    assert kinds == [(Taken, None), (Failed, False), (Failed, False), (Failed, True)]
    assert [event.recipient for event in it.lift.events] == ["380671234567"]
    assert it.connector.free == 1_000
    it.send("380671234568")
    await asyncio.sleep(0.1)
    assert [part.recipient for part in read_ledger(path).taken] == ["380671234567", "380671234568"]
    assert read_ledger(path).unread == 0
    await it.connector.stop(0)


# -- a link that comes and goes ----------------------------------------------------------------------------------------


@in_jumping_time
async def test_R7_the_flapping_carrier_comes_and_goes_and_says_so():
    it = await world("flaps")
    await asyncio.sleep(0.5)
    seen = []
    for _ in range(30):
        seen.append(it.connector.connected)
        await asyncio.sleep(1)
    assert seen == [True] * 10 + [False] * 3 + [True] * 10 + [False] * 3 + [True] * 4
    assert it.lift.ready_for == ["carrier"] * 4
    await it.connector.stop(0)


@in_jumping_time
async def test_R8_what_was_not_answered_when_the_link_went_is_in_doubt_and_never_answered():
    it = await world("flaps")
    await asyncio.sleep(9)
    attempts = it.send("380671230006", "380671230005")
    await asyncio.sleep(1.5)
    assert [(tried, type(outcome)) for tried, outcome in it.lift.outcomes] == [(tried, InDoubt) for tried in attempts]
    assert it.connector.free == 0
    await asyncio.sleep(100)
    assert len(it.lift.outcomes) == 2
    await it.connector.stop(0)


@in_jumping_time
async def test_receipts_and_texts_wait_until_the_link_is_back():
    it = await world("flaps")
    await asyncio.sleep(9.9)
    it.send("380671230008", "380671230014")
    await asyncio.sleep(2)
    it.connector.incoming("380501234567", "380440000000", "Hello")
    assert it.times() == []
    await asyncio.sleep(3)
    times = it.times()
    assert all(13_000 <= at < 14_000 for at, _ in times)
    assert sorted(str(what) for _, what in times) == ["8", "8", "8", "Hello", "Yes"]
    await it.connector.stop(0)


# -- texts from handsets -----------------------------------------------------------------------------------------------


@in_jumping_time
async def test_a_handset_texts_a_number_of_ours():
    it = await world("polite")
    it.connector.incoming("380671234567", "380440000000", "Привіт")
    await asyncio.sleep(0)
    [text] = it.lift.events
    assert (text.connector, text.sender, text.recipient, text.text) == (
        "carrier", "380671234567", "380440000000", "Привіт",
    )  # fmt: skip
    assert text.sent_at == it.began
    assert text.upstream_id
    await it.connector.stop(0)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [("380441112233", "380441112233"), ("+380441112233", "380441112233"), ("Shop", "380440000000")],
)
@in_jumping_time
async def test_a_handset_replies_to_the_number_that_wrote_or_to_the_carriers_own(sender, recipient):
    it = await world("polite")
    it.connector.send([attempt("380671230014", sender=sender)])
    await asyncio.sleep(1)
    [text] = [event for event in it.lift.events if isinstance(event, Incoming)]
    assert (text.sender, text.recipient, text.text) == ("380671230014", recipient, "Yes")
    await it.connector.stop(0)


@in_jumping_time
async def test_R1_a_text_that_was_not_kept_comes_again_also_after_a_restart(tmp_path):
    path = tmp_path / "carrier.log"
    killed = await world("polite", path, keeps=False)
    killed.connector.incoming("380671234567", "380440000000", "Привіт")
    await asyncio.sleep(0.6)
    assert [event.text for event in killed.lift.events] == ["Привіт"] * 2
    again = await world("polite", path)
    await asyncio.sleep(0)
    assert [(event.text, event.upstream_id) for event in again.lift.events] == [
        ("Привіт", killed.lift.events[0].upstream_id)
    ]
    assert read_ledger(path).owed_texts() == []
    for it in (killed, again):
        await it.connector.stop(0)


# -- the end -----------------------------------------------------------------------------------------------------------


@in_jumping_time
async def test_R35_a_stop_waits_for_the_answers_that_come_in_time_and_leaves_the_rest_in_doubt():
    it = await world("late")
    early, late = it.send("380671234566", "380671230006")
    before = it.clock.monotonic()
    await it.connector.stop(2.5)
    assert it.clock.monotonic() - before == pytest.approx(2.5, abs=0.05)
    assert [(tried, type(outcome)) for tried, outcome in it.lift.outcomes] == [(early, Taken), (late, InDoubt)]
    await asyncio.sleep(10)
    assert len(it.lift.outcomes) == 2


@in_jumping_time
async def test_a_stop_with_all_answered_is_over_at_once():
    it = await world("polite")
    it.send("380671234567")
    await asyncio.sleep(0)
    before = it.clock.monotonic()
    await it.connector.stop(30)
    await it.connector.stop(30)
    assert it.clock.monotonic() == before


@in_jumping_time
async def test_receipts_that_are_due_after_the_stop_stay_owed(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("slow", path)
    it.send("380671234566")
    await asyncio.sleep(0)
    await it.connector.stop(1)
    await asyncio.sleep(10)
    assert it.lift.events == []
    assert len(read_ledger(path).owed()) == 1


@in_jumping_time
async def test_a_receipt_that_becomes_durable_after_the_stop_is_acknowledged(tmp_path):
    path = tmp_path / "carrier.log"
    it = await world("instant", path, keeps=None)
    it.send("380671234567")
    await asyncio.sleep(0.1)
    await it.connector.stop(1)
    assert len(read_ledger(path).owed()) == 1
    it.lift.keep_all()
    assert read_ledger(path).owed() == []


# -- queries -----------------------------------------------------------------------------------------------------------

KYIVSTAR = Operator("255", "03", "Ukraine", "Kyivstar", "")


def query(number, kind=Kind.HLR):
    asked = attempt(number, sender="HLR")
    asked.message.content = Content("", kind)
    return asked


HOME = Network("255030671234567", "38067" + "0000000", "255", "03", "Ukraine", "Kyivstar")


@pytest.mark.covers_part(55)
@pytest.mark.parametrize(
    ("number", "state", "error", "network"),
    [
        ("380671234567", State.DELIVERED, 0, HOME),
        (
            "380671230019",
            State.DELIVERED,
            0,
            Network("255030671230019", "48601000310", "255", "03", "Ukraine", "Kyivstar", "Poland", "Plus"),
        ),
        ("380671230001", State.UNDELIVERABLE, 6, Network("255030671230001", "", "255", "03", "Ukraine", "Kyivstar")),
        ("380671230010", State.UNDELIVERABLE, 1, None),
    ],
)
@in_jumping_time
async def test_a_query_brings_the_network_its_number_stands_for(number, state, error, network):
    it = await world(operator=lambda _: KYIVSTAR)
    it.connector.send([query(number)])
    await asyncio.sleep(5)
    (receipt,) = it.lift.events
    assert (receipt.state, receipt.error, receipt.network) == (state, error, network)
    await it.connector.stop(0)


@in_jumping_time
async def test_a_number_of_no_known_network_brings_no_more_than_where_it_is():
    it = await world()
    it.connector.send([query("99912345678")])
    await asyncio.sleep(5)
    (receipt,) = it.lift.events
    assert receipt.network == Network("", "9991" + "0000000")
    await it.connector.stop(0)


@in_jumping_time
async def test_a_query_that_is_owed_over_a_restart_still_brings_it(tmp_path):
    it = await world("slow", tmp_path / "c.log", operator=lambda _: KYIVSTAR)
    it.connector.send([query("380671234567"), attempt("380671234567")])
    await asyncio.sleep(1)
    await it.connector.stop(0)
    again = await world("slow", tmp_path / "c.log", operator=lambda _: KYIVSTAR)
    await asyncio.sleep(10)
    assert [receipt.network for receipt in again.lift.events] == [HOME, None]
    await again.connector.stop(0)


@pytest.mark.parametrize("kind", [Kind.HLR, Kind.PING])
@in_jumping_time
async def test_nobody_texts_back_to_what_no_handset_shows(kind):
    it = await world()
    it.connector.send([query("380671230014", kind)])
    await asyncio.sleep(5)
    assert [event.state for event in it.lift.events] == [State.DELIVERED]
    assert (it.lift.events[0].network is None) == (kind is Kind.PING)
    await it.connector.stop(0)
