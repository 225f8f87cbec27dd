"""`heliograph pdu`: from hex and from a capture file, in words."""

from __future__ import annotations

import json
import subprocess
import sys

from heliograph.net.capture import CaptureFile
from heliograph.protocols.smpp.codec import encode
from heliograph.protocols.smpp.pdu import BindTransceiver, DeliverSm, SubmitSmResp

# submit_sm 7 from "Shop" to 380671234567, esm_class 0x40, data_coding 8: part 1 of 2, "Ї", sar_msg_ref_num of 4711
SUBMIT = (
    "0000004b 00000004 00000000 00000007 00 0500 53686f7000 0101 33383036373132333435363700"
    "40 00 00 00 00 01 00 08 00 08 050003110201 0407 020c 0002 1267"
)


def pdu(*words, stdin=""):
    done = subprocess.run(
        [sys.executable, "-m", "heliograph", "pdu", *words], input=stdin, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def fixed():
    digits = SUBMIT.replace(" ", "")
    return f"{len(digits) // 2:08x}{digits[8:]}"


def test_hex_is_shown_with_every_field_and_the_text():
    code, printed, _ = pdu(fixed())
    assert code == 0
    rows = [line.split(None, 1) for line in printed.splitlines()]
    assert rows[0] == ["submit_sm", "#7"]
    for row in (
        ["source_addr", "Shop"], ["destination_addr", "380671234567"], ["esm_class", "0x40"], ["data_coding", "0x08"],
        ["short_message", "0500031102010407"], ["sar_msg_ref_num", "0x020C   4711"], ["text", "Ї"],
    ):  # fmt: skip
        assert row in rows, printed


def test_hex_with_spaces_comes_on_standard_input_too():
    code, printed, _ = pdu("-", "--json", stdin=fixed() + "\n00 00 00 10 80 00 00 00 00 00 00 58 00 00 00 01")
    assert code == 0
    first, second = (json.loads(line) for line in printed.splitlines())
    assert (first["name"], first["text"]) == ("submit_sm", "Ї")
    assert (second["name"], second["status"]) == ("generic_nack", "0x58 ESME_RTHROTTLED")


def test_what_is_no_hex_and_no_file_is_said():
    code, _, complaint = pdu("hello")
    assert code == 2
    assert "neither a file nor hex" in complaint


def test_half_a_pdu_says_what_is_missing():
    code, printed, _ = pdu(fixed()[:60])
    assert code == 0
    assert "cannot be read" in printed


def test_a_capture_file_is_shown_with_times_and_ends_and_without_passwords(tmp_path):
    path = tmp_path / "c.pcap"
    talk = CaptureFile(path, lambda: 1_763_715_660_123).recorder(("192.0.2.1", 40_000), ("192.0.2.2", 16_000))
    talk.client_said(encode(BindTransceiver(sequence_number=1, system_id=b"gateway", password=b"secret")))
    talk.centre_said(encode(SubmitSmResp(sequence_number=2, command_status=0x14)))
    talk.centre_said(encode(DeliverSm(sequence_number=3, short_message=b"Hi")))
    code, printed, _ = pdu(str(path))
    assert code == 0
    assert "2025-11-21T09:01:00.123Z  192.0.2.1:40000 → 192.0.2.2:2775  bind_transceiver #1" in printed
    assert "submit_sm_resp #2  0x14 ESME_RMSGQFUL" in printed
    assert "secret" not in printed
    code, printed, _ = pdu(str(path), "--name", "deliver_sm", "--json", "--hex")
    (only,) = (json.loads(line) for line in printed.splitlines())
    assert (only["from"], only["text"], only["octets"][8:16]) == ("192.0.2.2:2775", "Hi", "00000005")


def test_what_the_default_alphabet_is_can_be_said():
    octets = encode(DeliverSm(sequence_number=3, short_message=b"\xc6ther")).hex()
    assert json.loads(pdu(octets, "--json", "--alphabet", "latin-1")[1])["text"] == "Æther"
