"""Every kind of short message: what leaves for the carrier, and that it is what was counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms import Coding, Language, Measured, NotText, TooLong, content, udh, wap_push
from heliograph.channels.sms.content import (
    alphabet_kept,
    encode,
    encode_message,
    languages_kept,
    own_header,
    weigh,
)
from heliograph.channels.sms.udh import BadHeader
from heliograph.model.message import Content, Kind, Message, Priority, State

# smsc-messages.md 2.15, literally.
EMS = "050A0307056048656C6C6F2C20576F726C6421"
WAP_PUSH = "0605040B8423F0DC0601AE02056A0045C60C037761702E72752F0001037761702E7275000101"


def binary(octets, **more):
    header, data = own_header(octets)
    return Content(kind=Kind.BINARY, udh=header, data=data, **more)


def accepted(made, coding, parts, message_id):
    """A message as intake makes it."""
    return Message(
        id=message_id, account_id=1, channel="sms", sender="Shop", recipient="380671234567",
        recipient_given="380671234567", content=made, coding=coding, parts=parts, state=State.QUEUED,
        priority=Priority.NORMAL, door="smsc", dialect="smsc_send", peer="", request_id=message_id, accepted_at=0,
        due_at=0, expires_at=0, connector="", route_id="", tariff_line="", purse=1, price=0, revision=0,
    )  # fmt: skip


# -- texts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "data_coding", "parts"),
    [
        (Content("Hello"), 0x00, 1),
        (Content("Привіт"), 0x08, 1),
        (Content("Hello", Kind.FLASH), 0x10, 1),
        (Content("Привіт", Kind.FLASH), 0x18, 1),
        (Content("x" * 161, Kind.FLASH), 0x10, 2),
        (Content("Hello", coding=0x08), 0x08, 1),
        (Content("x" * 71, coding=0x08), 0x08, 2),
        (Content("Hello", coding=0x18), 0x18, 1),
        (Content("Hello", coding=0x19), 0x19, 1),
        (Content("Hello", coding=0xF0), 0x10, 1),
        (Content("Hello", coding=0xF2), 0x12, 1),
        (Content("Привіт", coding=0x00), 0x08, 1),
        (Content("x" * 71, coding=0x01), 0x00, 1),
        (Content("x" * 71, coding=0xE0), 0x08, 2),
        (Content("x" * 71, coding=0xC8), 0x00, 1),
    ],
)
def test_a_text_goes_in_the_cheapest_alphabet_unless_the_customer_fixed_it(made, data_coding, parts):
    encoded = encode(made)
    assert (encoded.data_coding, encoded.protocol_id, len(encoded.parts)) == (data_coding, 0, parts)
    assert weigh(made).parts == parts
    assert "".join(part.text for part in encoded.parts) == made.text


def test_a_fixed_alphabet_is_not_overruled_by_a_national_one():
    made = Content("ş" * 100, coding=0x08)
    assert weigh(made, languages={Language.TURKISH}) == Measured(Coding.UCS2, 100, 2)
    assert encode(made, languages={Language.TURKISH}).data_coding == 0x08
    assert encode(Content("ş" * 100), languages={Language.TURKISH}).data_coding == 0x00


# -- binary ------------------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(29)
def test_a_formatted_text_of_ems_goes_out_unchanged():
    encoded = encode(binary(bytes.fromhex(EMS)))
    (part,) = encoded.parts
    assert (part.udh.hex().upper(), part.octets) == ("050A03070560", b"Hello, World!")
    assert (encoded.data_coding, encoded.protocol_id) == (0x04, 0)


@pytest.mark.covers_part(29)
def test_a_push_given_as_octets_goes_out_unchanged():
    (part,) = encode(binary(bytes.fromhex(WAP_PUSH))).parts
    assert (part.udh + part.octets).hex().upper() == WAP_PUSH


def test_a_leading_zero_says_that_there_is_no_header():
    assert own_header(b"\x00\x05\x06") == (b"", b"\x05\x06")
    (part,) = encode(binary(b"\x00\x05\x06", coding=0xF5)).parts
    assert (part.udh, part.octets) == (b"", b"\x05\x06")
    assert encode(binary(b"\x00\x05\x06", coding=0xF5)).data_coding == 0xF5


@pytest.mark.parametrize("octets", ["", "05", "050003010201"[:8], "0201"])
def test_B10_data_that_does_not_begin_with_a_header_is_refused(octets):
    with pytest.raises(BadHeader):
        own_header(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "made",
    [
        Content(kind=Kind.BINARY),
        Content(kind=Kind.BINARY, data=b"x", udh=b"\x05\x00"),
        Content(kind=Kind.BINARY, data=b"x", udh=bytes.fromhex("0500032a0201") + b"x"),
    ],
)
def test_B10_binary_content_that_is_none_is_refused(made):
    with pytest.raises(NotText):
        weigh(made)
    with pytest.raises(NotText):
        encode(made)


@pytest.mark.parametrize(
    ("header", "octets", "parts"),
    [
        ("", 140, 1),
        ("", 141, 2),
        ("", 268, 2),
        ("", 269, 3),
        ("0605040b8423f0", 133, 1),
        ("0605040b8423f0", 134, 2),  # 128 octets after a header of twelve
        ("0605040b8423f0", 256, 2),
        ("0605040b8423f0", 257, 3),
        ("", 255 * 134, 255),
    ],
)
def test_binary_data_is_split_at_140_octets_and_each_part_keeps_the_header(header, octets, parts):
    made = Content(kind=Kind.BINARY, udh=bytes.fromhex(header), data=bytes(octets))
    assert weigh(made) == Measured(Coding.BINARY, octets, parts)
    encoded = encode(made, reference=0x1AB)
    assert len(encoded.parts) == parts
    for number, part in enumerate(encoded.parts, 1):
        assert len(part.udh) + len(part.octets) <= 140
        if parts > 1:
            elements, _ = udh.read(part.udh)
            assert udh.find_concatenation(elements) == (0xAB, parts, number, False)
            assert udh.find_ports(elements) == ((0x0B84, 0x23F0) if header else None)


@pytest.mark.parametrize(
    "made",
    [
        Content(kind=Kind.BINARY, data=bytes(255 * 134 + 1)),
        Content(kind=Kind.BINARY, data=bytes(140), udh=bytes.fromhex("0500032a0201")),  # the customer's own part
        Content(kind=Kind.BINARY, data=b"x", udh=bytes((139, 0x70, 137)) + bytes(137)),
        Content(kind=Kind.BINARY, data=b"x", udh=bytes((255, 0x70, 253)) + bytes(253)),
    ],
)
def test_B9_binary_data_that_cannot_be_split_is_refused(made):
    with pytest.raises(TooLong):
        weigh(made)
    with pytest.raises(TooLong):
        encode(made)


def test_a_header_may_fill_a_whole_part():
    header = bytes((139, 0x70, 137)) + bytes(137)
    (part,) = encode(Content(kind=Kind.BINARY, udh=header)).parts
    assert (part.udh, part.octets) == (header, b"")


headers = st.lists(st.builds(udh.Element, st.integers(0x70, 0x7F), st.binary(max_size=12)), max_size=3).map(udh.build)


@given(st.binary(min_size=1, max_size=900), headers, st.booleans())
def test_B12_the_parts_of_binary_data_are_the_data_and_as_many_as_counted(data, header, wide):
    made = Content(kind=Kind.BINARY, data=data, udh=header)
    encoded = encode(made, reference=3, wide_reference=wide)
    assert b"".join(part.octets for part in encoded.parts) == data
    assert len(encoded.parts) == weigh(made, wide_reference=wide).parts
    assert all(len(part.udh) + len(part.octets) <= 140 for part in encoded.parts)


# -- pushes, pings, look-ups -------------------------------------------------------------------------------------------


def test_a_push_is_the_one_of_the_specification():
    made = Content("http://wap.ru/\nwap.ru", Kind.WAP_PUSH)
    encoded = encode(made, reference=0xDC)
    (part,) = encoded.parts
    assert (part.udh + part.octets).hex().upper() == WAP_PUSH
    assert (encoded.data_coding, encoded.protocol_id) == (0x04, 0)
    assert weigh(made) == Measured(Coding.BINARY, len(part.octets), 1)


@pytest.mark.parametrize(
    ("address", "title", "document"),
    [
        # Worked by hand with the code pages of WAP-167, 8.3.
        ("http://smsc.ru", "SMSC.RU", "02056a0045c60c03" + "736d73632e727500" + "01" + "03534d53432e525500" + "0101"),
        ("https://www.a.com/x", "T", "02056a0045c60f03" + "6100" + "85" + "037800" + "01" + "035400" + "0101"),
        ("http://www.b.org/", "T", "02056a0045c60d03" + "6200" + "88" + "01" + "035400" + "0101"),
        ("https://c.edu/d.net/", "T", "02056a0045c60e03" + "6300" + "86" + "036400" + "87" + "01" + "035400" + "0101"),
        ("tel:112", "Їжак", "02056a0045c60b03" + "74656c3a31313200" + "01" + "03d087d0b6d0b0d0ba00" + "0101"),
        ("x.com", "T", "02056a0045c60b03" + "782e636f6d00" + "01" + "035400" + "0101"),
    ],
)
def test_an_address_is_written_with_the_tokens_of_its_beginning_and_domain(address, title, document):
    assert wap_push.service_indication(address, title).hex() == document


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("http://a.ru\nTitle", ("http://a.ru", "Title")),
        (" http://a.ru \r\n Title ", ("http://a.ru", "Title")),
        ("http://a.ru", ("http://a.ru", "http://a.ru")),
        ("http://a.ru\nA\nB", ("http://a.ru", "A\nB")),
    ],
)
def test_a_push_is_given_in_two_lines(text, lines):
    assert wap_push.address_and_title(text) == lines


@pytest.mark.parametrize("text", ["", "\nTitle", " \n", "http://a.ru\nA\0B", "http://a\0.ru", "http://a.ru\n\ud83d"])
def test_a_push_that_cannot_be_written_is_refused(text):
    with pytest.raises(NotText):
        weigh(Content(text, Kind.WAP_PUSH))


def test_a_long_push_has_parts_that_all_go_to_the_push_client():
    encoded = encode(Content(f"http://a.ru/{'x' * 300}\nTitle", Kind.WAP_PUSH))
    assert len(encoded.parts) == 3
    assert {udh.find_ports(udh.read(part.udh)[0]) for part in encoded.parts} == {(2948, 9200)}


def test_a_ping_is_a_message_of_type_0_without_a_text():
    encoded = encode(Content("whatever", Kind.PING))
    assert (encoded.data_coding, encoded.protocol_id) == (0x00, 0x40)
    assert [tuple(part) for part in encoded.parts] == [(b"", b"", "")]
    assert weigh(Content("x" * 900, Kind.PING)) == Measured(Coding.GSM7, 0, 1)


def test_a_look_up_has_nothing_to_send_and_is_counted_once():
    assert encode(Content(kind=Kind.HLR)).parts == []
    assert weigh(Content(kind=Kind.HLR)).parts == 1


@pytest.mark.parametrize(
    ("data_coding", "unicode", "named"),
    [
        # TS 23.038, 4: group by group.
        (0x00, False, None),
        (0x08, True, None),
        (0x04, False, None),
        (0x10, False, 0),
        (0x11, False, 1),
        (0x18, True, 0),
        (0x1B, True, 3),
        (0x48, True, None),
        (0x50, False, 0),
        (0xC8, False, None),
        (0xE0, True, None),
        (0xE8, True, None),
        (0xF0, False, 0),
        (0xF6, False, 2),
    ],
)
def test_a_data_coding_scheme_is_read(data_coding, unicode, named):
    assert content.is_unicode(data_coding) is unicode
    assert content.message_class(data_coding) == named


# -- what was counted is what is sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "kept", "languages"),
    [
        (Measured(Coding.GSM7, 5, 1), 0, ()),
        (Measured(Coding.UCS2, 5, 1), 8, ()),
        (Measured(Coding.GSM7, 100, 1, locking=1), 0x0100, (1,)),
        (Measured(Coding.GSM7, 100, 1, single=13), 0x0D0000, (13,)),
        (Measured(Coding.GSM7, 300, 3, locking=3, single=2), 0x020300, (3, 2)),
    ],
)
def test_a_message_keeps_the_alphabet_it_was_counted_in(counted, kept, languages):
    assert alphabet_kept(counted) == kept
    assert languages_kept(kept) == languages


@given(
    st.text(alphabet="abcğışçáãÉ€{[क", max_size=400),
    st.sets(st.sampled_from(Language), max_size=3),
    st.integers(100_000_001, 2**53),
)
def test_B12_a_message_goes_out_in_the_parts_it_was_paid_for_whatever_is_allowed_later(text, languages, message_id):
    counted = weigh(Content(text), languages=languages)
    message = accepted(Content(text), alphabet_kept(counted), counted.parts, message_id)
    sent = encode_message(message)
    assert sent.data_coding == counted.coding
    assert len(sent.parts) == counted.parts
    assert "".join(part.text for part in sent.parts) == text
    for part in sent.parts:
        elements = udh.read(part.udh)[0] if part.udh else ()
        assert udh.find_languages(elements) == (counted.locking, counted.single)
        if counted.parts > 1:
            assert udh.find_concatenation(elements).reference == message_id & 0xFF


@pytest.mark.parametrize(("coding", "characters"), [(0, 153), (3, 153), (0x10, 153), (8, 134), (4, 134)])
def test_a_part_that_a_customer_cut_himself_may_be_as_long_as_its_coding_allows(coding, characters):
    header = bytes.fromhex("0500032a0201")
    whole = Content(kind=Kind.BINARY, data=b"x" * characters, udh=header, coding=coding)
    assert weigh(whole).parts == 1
    assert encode(whole).parts == [content.Part(header, b"x" * characters, "")]
    with pytest.raises(TooLong):
        weigh(Content(kind=Kind.BINARY, data=b"x" * (characters + 1), udh=header, coding=coding))
