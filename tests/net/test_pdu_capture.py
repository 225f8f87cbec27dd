"""Capture files: private, bounded, and never in the way."""

from __future__ import annotations

from heliograph.net.capture import CaptureFile
from heliograph.protocols import pcap
from heliograph.protocols.smpp.codec import encode
from heliograph.protocols.smpp.pdu import SubmitSm
from heliograph.protocols.smpp.recorded import pdus

SUBMIT = encode(SubmitSm(sequence_number=2, short_message=b"Hello"))


def recorder(file):
    return file.recorder(("192.0.2.1", 40_000), ("192.0.2.2", 2775))


def test_it_is_for_its_owner_alone_and_goes_on_after_a_restart(tmp_path):
    path = tmp_path / "c.pcap"
    for _ in range(2):
        recorder(CaptureFile(path, lambda: 5)).client_said(SUBMIT)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(pcap.read(path.read_bytes()))) == 2


def test_it_never_grows_beyond_two_files(tmp_path):
    path = tmp_path / "c.pcap"
    ours = recorder(CaptureFile(path, lambda: 5, most_octets=500))
    for _ in range(50):
        ours.client_said(SUBMIT)
    old = tmp_path / "c.pcap.old"
    assert 500 <= old.stat().st_size < 700
    assert {one.name for one in tmp_path.iterdir()} <= {"c.pcap", "c.pcap.old"}
    assert {one.octets for one in pdus(pcap.read(old.read_bytes()))} == {SUBMIT}


def test_a_disk_that_takes_nothing_costs_notes_only(tmp_path):
    file = CaptureFile(tmp_path / "nowhere" / "c.pcap", lambda: 5)
    recorder(file).centre_said(SUBMIT)
    assert file.lost == 1
