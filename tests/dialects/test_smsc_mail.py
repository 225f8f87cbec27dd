"""Mails to send@: the command in the body, charsets, parts, and what is no command (smsc-protocols.md 1.1)."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

from heliograph.dialects.smsc_mail import BadMail, read_command, read_mail, read_message
from pace import cpu_below

VECTORS = Path(__file__).parents[1] / "vectors" / "smtp" / "commands.toml"
HEAD = b"From: a@b.example\r\nSubject: =?koi8-r?B?8NLJ18XU?=\r\n"
COMMAND = "login:psw:17:0:0,0,name:79990000000:Привет: мир"


def _mail(body, *headers):
    return HEAD + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def _mes(octets):
    return read_command(read_mail(octets)).get("mes")


@pytest.mark.covers_part(41)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in tomllib.loads(VECTORS.read_text("utf-8"))["command"]]
)
def test_a_command_becomes_the_parameters_of_send(case):
    request = read_command(read_mail(_mail(case["body"].encode())))
    assert dict(request.fields) == case["fields"]


@pytest.mark.covers_part(41)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (COMMAND.encode("koi8-r"), []),
        (COMMAND.encode("koi8-r"), [b"Content-Type: text/plain"]),
        (COMMAND.encode("koi8-r"), [b"Content-Type: text/plain; charset=us-ascii"]),
        (COMMAND.encode("koi8-r"), [b"Content-Type: text/plain; charset=no-such"]),
        (COMMAND.encode("cp1251"), [b'Content-Type: text/plain; charset="windows-1251"']),
        (COMMAND.encode(), [b"Content-Type: text/plain; charset=UTF-8", b"Content-Transfer-Encoding: 8bit"]),
    ],
)
def test_the_charset_is_that_of_the_content_type_and_koi8_r_without_one(body, headers):
    assert _mes(_mail(body, *headers)) == "Привет: мир"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_transfer_encodings_are_undone(encoding):
    mail = EmailMessage()
    mail.set_content(COMMAND, charset="utf-8", cte=encoding)
    assert _mes(mail.as_bytes()) == "Привет: мир"


@pytest.mark.covers_part(41)
def test_a_mail_that_cannot_be_plain_has_its_command_between_marks():
    html = f"<html><body><p>[text]{COMMAND} &amp; <b>x</b>[/text]</p><i>signature</i></body></html>"
    head = [b"Content-Type: text/html; charset=utf-8"]
    assert _mes(_mail(html.encode(), *head)) == "Привет: мир & x"


def test_the_plain_part_of_several_counts_and_files_are_kept():
    mail = EmailMessage()
    mail.set_content(COMMAND, charset="utf-8")
    mail.add_alternative("<p>other</p>", subtype="html")
    mail.add_attachment(b"\x00\x01", maintype="audio", subtype="wav", filename="voice.wav")
    request = read_command(read_mail(mail.as_bytes()))
    assert request.get("mes") == "Привет: мир"
    assert [(upload.filename, upload.data) for upload in request.uploads] == [("voice.wav", b"\x00\x01")]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        _mail(b"hello"),
        _mail(b"a:b:c:d:e:f"),
        _mail(b"login:psw:::0,99,x:79990000000:text"),
        _mail(b"login:psw:::0,-1,x:79990000000:text"),
        _mail(b"login:psw:::,,:79990000000:\x00"),
        _mail(b"\xff\xfe", b"Content-Type: text/plain; charset=utf-8"),
        _mail(b"<p>no marks</p>", b"Content-Type: text/html"),
        _mail(b"x", b"Content-Type: image/png"),
        _mail(b"x", b"Content-Type: multipart/mixed; boundary=x"),
    ],
)
def test_B28_what_is_no_command_is_a_value_error_and_nothing_else(octets):
    with pytest.raises(BadMail):
        read_command(read_mail(octets))


def test_B28_nested_parts_are_refused_before_they_cost_anything():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_500))
    with cpu_below(0.5), pytest.raises(BadMail, match="nested"):
        read_mail(deep)


def test_B28_a_header_cannot_write_another_one():
    mail = read_mail(b"Subject: =?utf-8?Q?a=0D=0ABcc:_x@y?=\r\n\r\nlogin:psw:::0,8,:c@d.example:text")
    assert read_command(mail).get("subj") == "a Bcc: x@y"


def test_a_mail_becomes_a_message_of_the_parts_that_are_wanted():
    mail = read_mail(b"Subject: Alarm\r\n\r\nDoor 7 is open\r\n")
    told = read_message(mail, ["380671234567"], sender="a@b", parts=("subject", "text"), most=1000, translit=False)
    assert dict(told.fields) == {"phones": "380671234567", "mes": "Alarm\nDoor 7 is open"}
    cut = read_message(mail, ["1", "2"], sender="a@b", parts=("sender", "text"), most=8, translit=True)
    assert dict(cut.fields) == {"phones": "1,2", "mes": "a@b\nDoor", "translit": "1"}
    with pytest.raises(BadMail):
        read_message(read_mail(b"Subject: \r\n\r\n\r\n"), ["1"], sender="", parts=("text",), most=9, translit=False)
