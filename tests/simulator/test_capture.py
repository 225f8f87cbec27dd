"""The file of what a simulated carrier was given."""

from __future__ import annotations

import stat

from heliograph.model.message import Attempt, Content, Message, Priority, State
from heliograph.simulator.capture import Capture, read_captured


def attempt(text="Hello", message_id=100_000_001, part=1, parts=1, try_no=1):
    message = Message(
        id=message_id, account_id=1, channel="sms", sender="Shop", recipient="380671234567",
        recipient_given="380671234567", content=Content(text), coding=0, parts=parts, state=State.SENDING,
        priority=Priority.NORMAL, door="smsc", dialect="smsc_send", peer="", request_id=message_id, accepted_at=0,
        due_at=0, expires_at=0, connector="carrier", route_id="", tariff_line="", purse=1, price=0, revision=0,
    )  # fmt: skip
    return Attempt(message, part, part, try_no, "carrier")


def test_each_part_is_a_line_that_says_what_was_handed_over(tmp_path):
    path = tmp_path / "carrier-a.parts"
    capture = Capture(path)
    capture.write([attempt(), attempt("a" * 161, 100_000_002, part=2, parts=2)], 1_700)
    assert path.read_text().splitlines() == [
        '{"at":1700,"message_id":100000001,"kind":"text","part":1,"parts":1,"try_no":1,"sender":"Shop",'
        '"recipient":"380671234567","esm_class":0,"protocol_id":0,"data_coding":0,"header":"","data":"48656c6c6f"}',
        '{"at":1700,"message_id":100000002,"kind":"text","part":2,"parts":2,"try_no":1,"sender":"Shop",'
        '"recipient":"380671234567","esm_class":64,"protocol_id":0,"data_coding":0,"header":"050003020202",'
        '"data":"6161616161616161"}',
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.part for one in read_captured(path)] == [1, 2]


def test_it_goes_on_from_its_file_and_leaves_out_a_line_cut_off(tmp_path):
    path = tmp_path / "parts"
    Capture(path).write([attempt()], 1)
    Capture(path).write([attempt(try_no=2)], 2)
    with path.open("ab") as file:
        file.write(b'{"at":3,')
    assert [(one.at, one.try_no) for one in read_captured(path)] == [(1, 1), (2, 2)]
    assert read_captured(tmp_path / "none") == []


def test_a_full_file_makes_room(tmp_path):
    path = tmp_path / "parts"
    capture = Capture(path, most_octets=500)
    for at in range(7):
        capture.write([attempt()], at)
    old = [one.at for one in read_captured(tmp_path / "parts.old")]
    assert [*old, *(one.at for one in read_captured(path))] == [*range(old[0], 7)]
    assert len(list(tmp_path.iterdir())) == 2
    assert (tmp_path / "parts.old").stat().st_size < 1_000


def test_a_file_that_takes_no_more_stops_no_message(tmp_path):
    capture = Capture(tmp_path / "no folder" / "parts")
    capture.write([attempt(), attempt()], 1)
    assert capture.lost == 2
