"""The simulated message centre as any client sees it; here the client is our own connector."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import attempt, attempts, centre, connector, until
from heliograph.model.message import State
from heliograph.model.outcome import Failed, InDoubt, Taken
from heliograph.simulator.memory import read_ledger
from heliograph.simulator.message_centre import MessageCentre
from heliograph.simulator.portrait import BadPortrait


async def ended(port, *recipients, events=None, **how):
    """Send one message to each; the lift once all are answered and `events` things came back."""
    async with connector(port, **how) as (ours, lift):
        sent = [attempt(recipient) for recipient in recipients]
        ours.send(sent)
        await until(lambda: len(lift.outcomes) == len(sent))
        await until(lambda: len(lift.events) >= (len(sent) if events is None else events))
        return [lift.of(one) for one in sent], lift.events


async def test_magic_numbers_choose_what_becomes_of_a_message():
    async with centre() as (_, port):
        _, events = await ended(port, "380671230000", "380671230001", "380671230002", "380671230010")
        assert {event.recipient[-4:]: event.state for event in events} == {
            "0000": State.DELIVERED,
            "0001": State.UNDELIVERABLE,
            "0002": State.EXPIRED,
            "0010": State.UNDELIVERABLE,
        }
        assert {event.recipient[-4:]: event.error for event in events} == {"0000": 0, "0001": 6, "0002": 6, "0010": 1}
        refused, _ = await ended(port, "380671230003", "380671230004", "380671230011", events=0)
        assert [(outcome.permanent, outcome.throttled, outcome.detail) for outcome in refused] == [
            (True, False, "0x45 ESME_RSUBMITFAIL"),
            (False, True, "0x58 ESME_RTHROTTLED"),
            (False, False, "0x64 ESME_RX_T_APPN"),
        ]
        assert all(isinstance(outcome, Failed) for outcome in refused)


async def test_the_second_try_of_a_message_is_known_by_its_number_and_text():
    async with centre() as (_, port):
        [first], _ = await ended(port, "380671230011", events=0)
        [second], events = await ended(port, "380671230011")
        assert isinstance(first, Failed)
        assert isinstance(second, Taken)
        assert events[0].state is State.DELIVERED


async def test_a_message_that_is_never_answered_is_in_doubt():
    async with centre() as (_, port):
        outcomes, _ = await ended(port, "380671230005", events=0, late_answer_wait_s=0.2)
        assert outcomes == [InDoubt("no answer came in time")]


async def test_only_the_client_it_knows_is_let_in():
    async with centre(system_id="gateway", password="secret") as (made, port):
        async with connector(port) as (ours, _):
            assert (ours.connected, made.status.sessions) == (True, 1)
        async with connector(port, bound=0, password="wrong") as (ours, _):
            await asyncio.sleep(0.1)
            assert not ours.connected
        async with connector(port, bound=0, system_id="stranger") as (ours, _):
            await asyncio.sleep(0.1)
            assert not ours.connected


async def test_r14_ids_are_answered_in_hex_and_reported_in_decimal_where_asked():
    async with centre(ids="hex") as (_, port):
        [outcome], [event] = await ended(port, "380671234567")
        assert outcome.upstream_id != event.upstream_id
        assert int(outcome.upstream_id, 16) == int(event.upstream_id)


async def test_receipts_a_client_did_not_keep_are_sent_again():
    async with centre() as (made, port), connector(port) as (ours, lift):
        lift.keeps = False
        ours.send([attempt()])
        await until(lambda: lift.events)
        lift.keeps = True
        await until(lambda: len(lift.events) == 2)
        await until(lambda: made.status.owed == 0)
        assert len({event.upstream_id for event in lift.events}) == 1


async def test_receipts_wait_for_a_client_that_is_away_and_go_to_no_other():
    async with centre() as (made, port):
        async with connector(port, bind="tx") as (ours, lift):
            ours.send(attempts(3))
            await until(lambda: len(lift.outcomes) == 3)
        async with connector(port, system_id="stranger") as (_, stranger):
            await asyncio.sleep(0.6)
            assert (stranger.events, made.status.owed) == ([], 3)
        async with connector(port) as (_, lift):
            await until(lambda: len(lift.events) == 3)
        await until(lambda: made.status.owed == 0)


async def test_what_it_owes_survives_its_end(tmp_path):
    file = tmp_path / "carrier.log"
    async with centre("polite", file) as (_, port), connector(port, bind="tx") as (ours, lift):
        ours.send(attempts(2))
        await until(lambda: len(lift.outcomes) == 2)
    assert len(read_ledger(file).owed()) == 2
    async with centre("polite", file) as (_, port), connector(port) as (_, lift):
        await until(lambda: len(lift.events) == 2)
    assert read_ledger(file).owed() == []


async def test_a_long_text_of_a_handset_comes_in_parts_with_headers():
    async with centre() as (made, port), connector(port) as (_, lift):
        made.incoming("380671234567", "4040", "x" * 200)
        await until(lambda: len(lift.events) == 2)
        assert [(event.number, event.octets) for event in lift.events] == [(1, b"x" * 153), (2, b"x" * 47)]
        assert {(event.sender, event.recipient) for event in lift.events} == {("380671234567", "4040")}
        await until(lambda: made.status.texts == 1)


async def test_what_no_handset_could_send_is_refused():
    async with centre() as (made, _):
        with pytest.raises(ValueError, match="at most 20 digits"):
            made.incoming("3" * 21, "4040", "Hi")
        with pytest.raises(ValueError, match="more than 255 parts"):
            made.incoming("380671234567", "4040", "x" * 50_000)
        assert made.status.owed == 0


async def test_a_message_that_asked_for_no_receipt_gets_none():
    async with centre("instant") as (made, port):
        await ended(port, "380671234567", events=0, registered_delivery=0)
        assert (made.status.taken, made.status.owed) == (1, 0)


def test_a_personality_that_does_not_exist_is_named():
    with pytest.raises(BadPortrait, match="there is no personality 'angry'; there are backwards, duplicates"):
        MessageCentre("angry", None, now=lambda: 0, wall=lambda: 0)
