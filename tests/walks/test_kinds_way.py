"""Every kind of short message from a door to the carrier: what that was given, octet for octet, and what is told.

The carrier writes down what it gets (`capture`); expected octets are typed from 3GPP TS 23.038 and 23.040 and the
specification's own examples.
"""

from __future__ import annotations

import json
from urllib.parse import quote_from_bytes, urlencode

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.settings import ConnectorSettings
from heliograph.simulator.capture import read_captured
from walks.smsc_customer import SENDER, customer
from walks.world import eventually, running

QUERIES = ("hlr", "ping")
PHONE = "380671230000"
SETTINGS = {
    "smsc": SmscSettings(same_statuses=0, mass_statuses=0, duplicate_window_s=0),
    "connectors": (ConnectorSettings("carrier", "simulated", late_answer_wait_s=0.3, capture=True),),
    "routes": (Rule("all", ("carrier",)), Rule("queries", ("carrier",), kinds=QUERIES)),
    "tariffs": (TariffLine("all", "default", "0.45"), TariffLine("queries", "default", "0.10", kinds=QUERIES)),
}
TURKISH = "Kargonuz dağıtıma çıktı. " * 4
"""100 characters; in UCS-2 two parts."""


class Shop:
    """A customer by SMSC's words whose carrier can be looked at."""

    def __init__(self, world, client):
        self.world = world
        self.client = client

    async def send(self, text="", phone=PHONE, **fields):
        """Send and wait until it is delivered; the message's id."""
        answer = await self.client.send(text, phone, **fields)
        message_id, count = answer.split(",")
        assert int(count) > 0, answer
        await self.until(message_id, phone)
        return int(message_id)

    async def send_octets(self, octets, **fields):
        """The same with `mes` that is no text of any charset."""
        rest = urlencode({"charset": "utf-8", "apikey": self.client.apikey, "fmt": 1, "phones": PHONE, **fields})
        body = f"{rest}&sender={SENDER}&mes={quote_from_bytes(octets)}".encode()
        status, _, answer = await self.client.post("/sys/send.php", body)
        assert status == 200
        message_id = answer.split(b",")[0].decode()
        await self.until(message_id, PHONE)
        return int(message_id)

    async def until(self, message_id, phone=PHONE):
        """Wait until it is delivered."""

        async def look():
            return (await self.status(message_id, phone))["status"] == 1

        assert await eventually(look)

    async def status(self, message_id, phone=PHONE, **fields):
        """What `status.php` says."""
        return json.loads(await self.client.ask("status", phone=phone, id=message_id, fmt=3, **fields))

    def given(self, message_id):
        """What the carrier was given for a message."""
        captured = read_captured(self.world.gateway.installation.captured("carrier"))
        return [one for one in captured if one.message_id == message_id]

    def air(self, message_id):
        """The same as (esm_class, protocol_id, data_coding, header, data)."""
        return [
            (one.esm_class, one.protocol_id, one.data_coding, one.header, one.data) for one in self.given(message_id)
        ]

    async def told(self, message_id):
        """The trace as one text."""
        return "\n".join((await self.world.do(verbs.Trace(message_id)))["sentences"])


@pytest.fixture
async def shop(tmp_path):
    async with running(tmp_path / "data", account=False, **SETTINGS) as world:
        yield Shop(world, await customer(world))


@pytest.mark.parametrize(
    ("text", "fields", "data_coding", "data", "type_", "story"),
    [
        ("Hi @ [€]", {}, 0x00, "4869200020" + "1b3c" + "1b65" + "1b3e", 0, "8 characters goes out as GSM 7-bit"),
        ("Їжак 🦔", {}, 0x08, "040704360430043a0020d83edd94", 0, "(Ї U+0407"),
        ("Alert", {"flash": 1}, 0x10, "416c657274", 1, "GSM 7-bit in 1 part"),
        ("Тривога", {"flash": 1}, 0x18, "0422044004380432043e04330430", 1, "(flash), goes out as UCS-2 in 1 part"),
        ("Привет", {"translit": 1}, 0x00, "507269766574", 0, "6 characters goes out as GSM 7-bit"),
        ("транслит", {"translit": 2}, 0x00, "6d70614863" + "2f49756d", 0, "9 characters goes out as GSM 7-bit"),
        ("Тривога", {"translit": 1, "flash": 1}, 0x10, "54726976" + "6f6761", 1, "(flash), goes out as GSM 7-bit"),
    ],
)
async def test_a_text_reaches_the_carrier_in_its_alphabet(shop, text, fields, data_coding, data, type_, story):
    message_id = await shop.send(text, **fields)
    assert shop.air(message_id) == [(0, 0, data_coding, "", data)]
    found = await shop.status(message_id, all=1)
    assert (found["type"], found["sms_cnt"], found["cost"], found["flag"]) == (type_, 1, "0.45", type_)
    assert story in await shop.told(message_id)


@pytest.mark.covers_part(29)
@pytest.mark.parametrize(
    ("octets", "header", "data"),
    [
        # smsc-messages.md 2.15
        ("050A0307056048656C6C6F2C20576F726C6421", "050a03070560", "48656c6c6f2c20576f726c6421"),
        (
            "0605040B8423F0DC0601AE02056A0045C60C037761702E72752F0001037761702E7275000101",
            "0605040b8423f0",
            "dc0601ae02056a0045c60c037761702e72752f0001037761702e7275000101",
        ),
        ("00CAFE00", "", "cafe00"),
    ],
)
@pytest.mark.parametrize("bin_", [1, 2])
async def test_binary_data_reaches_the_carrier_unchanged_raw_or_as_hex(shop, bin_, octets, header, data):
    if bin_ == 2:
        message_id = await shop.send(octets, bin=2)
    else:
        message_id = await shop.send_octets(bytes.fromhex(octets), bin=1)
    assert shop.air(message_id) == [(0x40 if header else 0, 0, 0x04, header, data)]
    found = await shop.status(message_id, all=1)
    assert (found["type"], found["sms_cnt"], found["flag"]) == (2, 1, 2)
    said = f"{len(data) // 2} octets of data" + (f" behind a header of {len(header) // 2} octets" if header else "")
    assert said in await shop.told(message_id)


@pytest.mark.parametrize("bin_", [1, 2])
async def test_protocol_id_and_data_coding_of_binary_data_are_the_customers(shop, bin_):
    tail = "\n~~~\npid: 125, dcs: 246"
    if bin_ == 2:
        message_id = await shop.send("00D00D" + tail, bin=2)
    else:
        message_id = await shop.send_octets(b"\x00\xd0\x0d" + tail.encode(), bin=1)
    assert shop.air(message_id) == [(0, 125, 246, "", "d00d")]
    assert "2 octets of data, protocol_id 125, data_coding 246" in await shop.told(message_id)
    assert (await shop.status(message_id, all=1))["comment"] == ""


async def test_long_binary_data_is_split_and_keeps_its_header(shop):
    message_id = await shop.send("0605040B8423F0" + "AB" * 200, bin=2)
    reference = f"{message_id & 0xFF:02x}"
    assert shop.air(message_id) == [
        (0x40, 0, 4, f"0b0003{reference}0201" + "05040b8423f0", "ab" * 128),
        (0x40, 0, 4, f"0b0003{reference}0202" + "05040b8423f0", "ab" * 72),
    ]
    found = await shop.status(message_id, all=1)
    assert (found["sms_cnt"], found["cost"]) == (2, "0.90")


async def test_a_push_reaches_the_carrier_as_a_service_indication(shop):
    message_id = await shop.send("http://smsc.ru\nSMSC.RU", push=1)
    document = "02056a0045c60c03" + "736d73632e727500" + "01" + "03534d53432e525500" + "0101"
    assert shop.air(message_id) == [(0x40, 0, 4, "0605040b8423f0", f"{message_id & 0xFF:02x}0601ae{document}")]
    assert (await shop.status(message_id, all=1))["type"] == 3


@pytest.mark.covers_part(55)
@pytest.mark.parametrize(("text", "fields"), [("", {"hlr": 1}), ("__HLR__", {}), ("__HLR__ whatever", {})])
async def test_a_query_gives_the_carrier_nothing_to_send(shop, text, fields):
    message_id = await shop.send(text, **fields)
    (given,) = shop.given(message_id)
    assert (given.kind, given.parts, given.header, given.data, given.sender) == ("hlr", 0, "", "", "HLR")
    found = await shop.status(message_id, all=1)
    assert (found["type"], found["cost"], found["mcc"], found["mnc"]) == (4, "0.10", "255", "03")
    assert "It is a query (hlr)" in await shop.told(message_id)


@pytest.mark.parametrize(("text", "fields"), [("", {"ping": 1}), ("__PING__", {}), ("never shown", {"ping": 1})])
async def test_a_ping_is_a_short_message_of_type_0_without_a_text(shop, text, fields):
    message_id = await shop.send(text, **fields)
    assert shop.air(message_id) == [(0, 0x40, 0, "", "")]
    found = await shop.status(message_id, all=1)
    assert (found["type"], found["cost"]) == (5, "0.10")


# -- parts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "data_coding", "parts"),
    [
        ("a" * 161, 0, ["61" * 153, "61" * 8]),
        ("a" * 152 + "€" + "b" * 10, 0, ["61" * 152, "1b65" + "62" * 10]),
        ("я" * 71, 8, ["044f" * 67, "044f" * 4]),
        ("я" * 66 + "😀" + "я" * 10, 8, ["044f" * 66, "d83dde00" + "044f" * 10]),
        ("я" * 66 + "и\u0306" + "я" * 10, 8, ["044f" * 66, "04380306" + "044f" * 10]),
    ],
)
async def test_a_long_text_reaches_the_carrier_in_parts_that_cut_no_character(shop, text, data_coding, parts):
    quoted = await shop.client.send(text, cost=1)
    message_id = await shop.send(text)
    reference = f"{message_id & 0xFF:02x}"
    assert shop.air(message_id) == [
        (0x40, 0, data_coding, f"050003{reference}020{number}", data) for number, data in enumerate(parts, 1)
    ]
    assert quoted == "0.90,2"
    found = await shop.status(message_id, all=1)
    assert (found["sms_cnt"], found["cost"], found["message"]) == (2, "0.90", text)


async def test_a_part_that_is_sent_again_has_the_header_it_had(shop):
    phone = "380671230011"  # refused for now at the first try
    message_id = await shop.send("a" * 161, phone)
    reference = f"{message_id & 0xFF:02x}"
    assert sorted((one.try_no, one.part, one.header) for one in shop.given(message_id)) == [
        (1, 1, f"050003{reference}0201"),
        (1, 2, f"050003{reference}0202"),
        (2, 1, f"050003{reference}0201"),
        (2, 2, f"050003{reference}0202"),
    ]


@pytest.mark.parametrize(
    ("text", "most", "data_coding", "data"),
    [
        ("a" * 200, 1, 0, ["61" * 160]),
        ("a" * 200, 2, 0, ["61" * 153, "61" * 47]),
        ("я" * 69 + "и\u0306" + "я" * 30, 1, 8, ["044f" * 69]),
        ("a" * 150 + "я" * 10, 1, 0, ["61" * 150]),
        ("я" * 300, 2, 8, ["044f" * 67, "044f" * 67]),
    ],
)
async def test_a_text_is_cut_to_the_parts_asked_for_and_only_then(shop, text, most, data_coding, data):
    quoted = await shop.client.send(text, cost=1, maxsms=most)
    message_id = await shop.send(text, maxsms=most)
    assert [(one.data_coding, one.data) for one in shop.given(message_id)] == [(data_coding, part) for part in data]
    assert int(quoted.split(",")[1]) == len(data)


async def test_sms_clubs_door_sends_the_same_parts(shop):
    made = await shop.world.add_account("club")
    assert made.token
    (message_id,) = (await shop.world.send(PHONE, text="я" * 66 + "😀" + "я" * 10)).values()
    await shop.world.until(message_id, "DELIVRD")
    reference = f"{int(message_id) & 0xFF:02x}"
    assert shop.air(int(message_id)) == [
        (0x40, 0, 8, f"050003{reference}0201", "044f" * 66),
        (0x40, 0, 8, f"050003{reference}0202", "d83dde00" + "044f" * 10),
    ]


# -- national tables ---------------------------------------------------------------------------------------------------


async def test_national_tables_are_used_where_the_account_allows_them_and_they_save_a_part(shop):
    usual = await shop.send(TURKISH)
    assert [one.data_coding for one in shop.given(usual)] == [8, 8]
    assert "It would take 1 part with Turkish tables" in await shop.told(usual)

    await shop.world.do(verbs.AccountSet(shop.client.login, national=[1]))
    assert await shop.client.send(TURKISH, cost=1) == "0.45,1"
    message_id = await shop.send(TURKISH)
    line = b"Kargonuz da\x0c\x07t\x07ma \x60\x07kt\x07. "  # TS 23.038, A.3.1: ğ is 0x0C, ı 0x07, ç 0x60
    assert shop.air(message_id) == [(0x40, 0, 0, "03250101", (line * 4).hex())]
    assert "GSM 7-bit with the Turkish table in 1 part" in await shop.told(message_id)
    assert (await shop.status(message_id, all=1))["message"] == TURKISH

    short = await shop.send("ışık")  # one part anyway: as every handset can read it
    assert [(one.data_coding, one.header) for one in shop.given(short)] == [(8, "")]
    cut = await shop.send(TURKISH * 2, maxsms=1)
    (given,) = shop.given(cut)
    assert (given.header, len(given.data)) == ("03250101", 2 * 155)


async def test_what_was_counted_with_national_tables_is_sent_so_though_they_are_allowed_no_more(shop):
    await shop.world.do(verbs.AccountSet(shop.client.login, national=[1]))
    phone = "380671230011"
    answer = await shop.client.send(TURKISH, phone)
    await shop.world.do(verbs.AccountSet(shop.client.login, national=[]))
    message_id = int(answer.split(",")[0])
    await shop.until(message_id, phone)
    assert [(one.try_no, one.header) for one in shop.given(message_id)] == [(1, "03250101"), (2, "03250101")]
    again = await shop.send(TURKISH)
    assert [one.data_coding for one in shop.given(again)] == [8, 8]


async def test_a_national_language_that_is_none_is_refused(shop):
    with pytest.raises(NotPossible, match="there is no national language 14; there are 1 to 13"):
        await shop.world.do(verbs.AccountSet(shop.client.login, national=[1, 14]))
