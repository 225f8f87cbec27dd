"""Programs people wrote for SMSC's scripts, unchanged: PyPI smsc, node-smsc, smsc-ru, Symfony's notifier."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path

import pytest
import trustme

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.settings import HttpSettings, ListenerSettings
from peers.conftest import need, need_file, run
from peers.lead_home import lead_home
from walks.world import SENDER, eventually, running

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".venv" / "peers"
SYMFONY = Path("/usr/share/php/Symfony/Component/Notifier/Bridge/Smsc/autoload.php")
QUERIES = ("hlr", "ping")
PASSWORD = "s3cret of the shop"
PHONE, OTHER = "380989361131", "380989361132"
TEXT = "Привіт & бувай, 100%"


class Shop:
    """The gateway over http and https, and the login of its customer."""

    def __init__(self, world, authority):
        self.world = world
        self.authority = authority
        self.plain, self.tls = (port for _, port in world.gateway.http.addresses)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.plain}/sys/"

    async def delivered(self, message_id):
        """The message of an id once it is delivered."""
        return await self.ended(message_id, "DELIVERED")

    async def ended(self, message_id, state):
        async def look():
            found = await self.world.gateway.store.messages([int(message_id)], None)
            return found[0] if found and found[0].state.name == state else None

        return await eventually(look)

    async def only_text(self):
        """What the one message of the gateway said."""
        found = await self.world.gateway.store.messages([100_000_001, 100_000_002], None)
        assert len(found) == 1
        return found[0]


@pytest.fixture
async def shop(tmp_path):
    authority = trustme.CA()
    folder = tmp_path / "data"
    folder.mkdir()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    authority.issue_cert("127.0.0.1", "smsc.ru").private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    http = HttpSettings(listeners=(ListenerSettings(0), ListenerSettings(0, certificate="own.pem")))
    async with running(
        folder,
        http=http,
        routes=(Rule("all", ("carrier",)), Rule("queries", ("carrier",), kinds=QUERIES)),
        tariffs=(TariffLine("all", "default", "0.45"), TariffLine("queries", "default", "0.10", kinds=QUERIES)),
    ) as world:
        await world.do(verbs.AccountPassword("shop", PASSWORD))
        yield Shop(world, tmp_path / "authority.pem")


def lines(printed):
    return [json.loads(line) for line in printed.splitlines()]


# -- PyPI smsc ---------------------------------------------------------------------------------------------------------


class PythonClient:
    """PyPI smsc with a login of ours."""

    def __init__(self, python, shop):
        self.python = python
        self.shop = shop

    async def call(self, *calls, password=PASSWORD, sender=SENDER):
        code, printed, complained = await run(
            self.python, "-I", str(HERE / "smsc_client.py"), self.shop.url, "shop", password, sender, json.dumps(calls)
        )
        assert code == 0, complained
        return lines(printed)


@pytest.fixture
def python_smsc(shop):
    return PythonClient(need_file(PEERS / "python" / "bin" / "python", "PyPI smsc"), shop)


@pytest.mark.covers_part(52, 69, 74)
async def test_python_smsc_asks_the_price_sends_and_is_told(python_smsc, shop):
    cost, sent, balance = await python_smsc.call(["cost", PHONE, TEXT], ["send", PHONE, TEXT], ["balance"])
    assert cost == {"count": 1, "cost": 0.45, "error": None}
    assert sent == {"count": 1, "cost": 0.45, "error": None, "id": sent["id"]}
    assert balance == {"balance": 99.55, "currency": "UAH", "error": None}
    message = await shop.delivered(sent["id"])
    assert (message.recipient, message.sender, message.content.text) == (PHONE, SENDER, TEXT)
    [[one]] = await python_smsc.call(["status", PHONE, str(sent["id"])])
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\+03:00", one.pop("last"))
    assert moment is not None
    assert one == {
        "status": 1, "name": "Доставлено", "id": sent["id"], "phone": PHONE, "message": TEXT, "cost": "0.45",
        "sender_id": SENDER, "country": "Ukraine", "operator": "Kyivstar", "operator_orig": "Kyivstar", "region": "",
        "mccmnc": "25503", "flag": 0, "err": 0, "comment": "", "type": 0, "sms_cnt": 1,
    }  # fmt: skip


async def test_python_smsc_asks_for_several(python_smsc, shop):
    (sent,) = await python_smsc.call(["send", [PHONE, "380989360010"], TEXT, "flash"])
    assert sent["count"] == 2
    await shop.delivered(sent["id"])
    await shop.ended(sent["id"] + 1, "UNDELIVERABLE")
    asked = ["status", [PHONE, "380989360010"], [str(sent["id"])] * 2]
    [both] = await python_smsc.call(asked)
    assert [(one["status"], one["err"], one["type"], one["id"]) for one in both] == [
        (1, 0, 1, sent["id"]),
        (20, 1, 1, sent["id"]),
    ]
    [again] = await python_smsc.call(asked)
    assert again["exception"] == "GetStatusError"
    assert "'error_code': 9" in again["said"]


async def test_python_smsc_hears_errors(python_smsc):
    ((refused,), (balance,)) = [
        await python_smsc.call(["send", PHONE, TEXT], password="wrong"),
        await python_smsc.call(["balance"], password="wrong"),
    ]
    assert refused["error"] == balance["error"] == [2, "authorise error"]
    (first, second) = await python_smsc.call(["send", PHONE, TEXT], ["send", PHONE, TEXT])
    assert first["error"] is None
    assert second["error"][0] == 9
    (no_sender,) = await python_smsc.call(["send", OTHER, TEXT], sender="Nobody")
    assert no_sender["error"] == [6, "message is denied"]
    (no_number,) = await python_smsc.call(["send", "12", TEXT])
    assert no_number["error"] == [7, "invalid number"]


async def test_python_smsc_logs_in_with_the_md5_of_its_password(python_smsc):
    (balance,) = await python_smsc.call(["balance"], password=hashlib.md5(PASSWORD.encode()).hexdigest())
    assert balance["balance"] == 100.0


# -- node-smsc ---------------------------------------------------------------------------------------------------------


class NodeClient:
    """node-smsc over http."""

    def __init__(self, node, shop):
        self.node = node
        self.shop = shop

    async def call(self, *calls, password=PASSWORD):
        code, printed, complained = await run(
            self.node, "--require", str(HERE / "only_here.js"), str(HERE / "node_smsc.js"), self.shop.url, "shop",
            password, json.dumps(calls), env={"NODE_PATH": str(PEERS / "node" / "node_modules")},
        )  # fmt: skip
        assert code == 0, complained
        return lines(printed)


@pytest.fixture
def node_smsc(shop):
    need_file(PEERS / "node" / "node_modules" / "node-smsc", "npm node-smsc")
    return NodeClient(need("node"), shop)


@pytest.mark.covers_part(52, 69, 73, 74)
async def test_node_smsc_asks_the_price_sends_is_told_and_deletes(node_smsc, shop):
    said = {"phones": PHONE, "mes": TEXT, "sender": SENDER}
    cost, sent, balance = await node_smsc.call(
        ["send", {**said, "cost": 1}], ["send", {**said, "cost": 3}], ["balance", {"cur": 1}]
    )
    assert cost == {"cost": "0.45", "cnt": 1}
    assert sent == {"id": sent["id"], "cnt": 1, "cost": "0.45", "balance": "99.55"}
    assert balance == {"balance": "99.55", "currency": "UAH"}
    assert (await shop.delivered(sent["id"])).content.text == TEXT
    asked = {"phone": PHONE, "id": sent["id"]}
    short, full, several, deleted, gone = await node_smsc.call(
        ["status", asked],
        ["status", {**asked, "all": 2}],
        ["status", {"phone": f"{PHONE},{OTHER}", "id": f"{sent['id']},7", "all": 1}],
        ["status", {**asked, "del": 1}],
        ["status", asked],
    )
    assert list(short) == ["status", "last_date", "last_timestamp", "flag", "err"]
    assert (short["status"], full["message"], full["status_name"]) == (1, TEXT, "Доставлено")
    assert [(one["status"], one["id"]) for one in several] == [(1, sent["id"]), (-3, 7)]
    assert (deleted, gone["status"]) == ({"result": "OK"}, -3)


@pytest.mark.covers_part(55)
async def test_node_smsc_asks_for_a_network(node_smsc, shop):
    (sent,) = await node_smsc.call(["send", {"phones": PHONE, "hlr": 1}])
    await shop.delivered(sent["id"])
    (found,) = await node_smsc.call(["status", {"phone": PHONE, "id": sent["id"], "all": 1}])
    told = ("status", "type", "sender_id", "mcc", "mnc", "cn", "net", "rcn", "rnet")
    assert [found[name] for name in told] == [1, 4, "HLR", "255", "03", "Ukraine", "Kyivstar", "", ""]
    assert (found["imsi"], found["msc"]) == ("255030989361131", "380980000000")


async def test_node_smsc_posts_a_form(node_smsc, shop):
    (sent,) = await node_smsc.call(["send", {"phones": PHONE, "sender": SENDER}, [["mes", TEXT], ["charset", "utf-8"]]])
    assert (await shop.delivered(sent["id"])).content.text == TEXT


@pytest.mark.covers_part(79, 80, 83, 84, 88)
async def test_node_smsc_keeps_senders_and_looks_back(node_smsc, shop):
    added, listed, all_of_them, changed, removed = await node_smsc.call(
        ["senders", {"add": 1, "sender": "MyShop", "cmt": "online shop", "mts_step": 1}],
        ["senders", {"get": 1}],
        ["senders", {"get": 1, "all": 1}],
        ["senders", {"chg": 1, "sender": "MyShop", "cmt": "another"}],
        ["senders", {"del": 1, "sender": "MyShop"}],
    )
    assert list(added) == ["sender"]
    assert [one["sender"] for one in listed] == [SENDER]
    assert [(one["sender"], one["status"]) for one in all_of_them] == [("MyShop", 0), (SENDER, 1)]
    assert (changed, removed) == ({"result": "OK"}, {"result": "OK"})
    (sent,) = await node_smsc.call(["send", {"phones": PHONE, "mes": TEXT, "sender": SENDER}])
    await shop.delivered(sent["id"])
    today = time.strftime("%d.%m.%Y", time.gmtime(shop.world.clock.now() / 1000 + 3 * 3600))
    history, operator, nothing, older, accounts, sums, prices, numbers = await node_smsc.call(
        ["get", {"get_messages": 1, "start": today}],
        ["info", {"get_operator": 1, "phone": PHONE}],
        ["get", {"get_answers": 1}],
        ["get", {"get_messages": 1, "start": "01.01.2020", "end": "02.01.2020"}],
        ["get", {"get_mega_accounts": 1, "account": "1"}],
        ["get", {"get_stat": 1, "start": today}],
        ["get", {"get_price": 1}],
        ["receive_phones", {"get": 1}],
    )
    assert [(one["id"], one["message"], one["status"]) for one in history] == [(sent["id"], TEXT, 1)]
    assert (operator["operator"], operator["mcc"], operator["mnc"]) == ("Kyivstar", "255", "03")
    assert nothing["response"] == {"error": "nothing found", "error_code": 3}
    assert older == accounts == []  # which the client makes of error 3
    assert sums == [{"login": "shop", "cnt": 1, "credit": "100.00", "debit": "0.45", "currency": "UAH"}]
    assert [(one["api"], one["hlr"]) for one in prices] == [("0.45", "0.10")]
    assert numbers["response"]["error_code"] == 3


@pytest.mark.covers_part(76, 77)
async def test_node_smsc_has_sub_clients(node_smsc, shop):
    branch = {"user": "branch"}
    made, paid, changed, twice, poor, counted = await node_smsc.call(
        ["users", {**branch, "add": 1, "password": "mypassword", "phone": OTHER, "fl[29]": 1}],
        ["users", {**branch, "pay": 1, "sum": "12.5"}],
        ["users", {**branch, "chg": 1, "fmts": "380,-38050", "notes": "a branch"}],
        ["users", {**branch, "add": 1, "password": "mypassword"}],
        ["users", {**branch, "pay": 1, "sum": "100"}],
        ["users", {"get_stat": 1, "reseller": 1, "start": "01.01.2020"}],
    )
    assert made == {"id": shop.world.gateway.directory.by_login("branch").id}
    assert (paid, changed) == ({"result": "OK"}, {"result": "OK"})
    assert (twice["response"]["error_code"], poor["response"]["error_code"]) == (8, 10)
    assert counted == [{"login": "branch", "cnt": 0, "credit": "12.50", "debit": "0.00", "currency": "UAH"}]


async def test_node_smsc_hears_errors(node_smsc):
    (denied,) = await node_smsc.call(["balance", {}], password="wrong")
    assert denied == {
        "name": "SmscApiError",
        "message": "authorise error (2)",
        "response": {"error": "authorise error", "error_code": 2},
    }
    wrong, unknown, undeletable = await node_smsc.call(
        ["status", {"phone": PHONE}],
        ["status", {"phone": PHONE, "id": 9}],
        ["status", {"phone": PHONE, "id": 9, "del": 1}],
    )
    assert (wrong["response"]["error_code"], unknown["status"], undeletable["response"]["error_code"]) == (1, -3, 5)


@pytest.mark.covers_part(75)
async def test_node_smsc_keeps_contacts_and_groups_and_moves_between_them(node_smsc):
    groups, *made = await node_smsc.call(
        ["phones", {"get_group": 1}],
        *[["phones", {"add_group": 1, "name": name}] for name in ("two", "three", "four")],
    )
    first, (two, three, four) = groups[0]["id"], [one["id"] for one in made]
    added, *moved = await node_smsc.call(
        ["phones", {"add": 1, "phone": PHONE, "name": "Олена", "grp": first, "myid": 55}],
        ["phones", {"move_group": 1, "grp": two, "phone": PHONE}],
        ["phones", {"move_group": 2, "grp": three, "phone": PHONE}],
        ["phones", {"move_group": 2, "grp": four, "phone": PHONE}],
        ["phones", {"move_group": 3, "grp": four, "phone": PHONE}],
    )
    assert moved == [{"result": "OK"}] * 4
    ((one,), stopped, gone, none) = await node_smsc.call(
        ["phones", {"get": 1, "search": "олена"}],
        ["phones", {"add_black": 1, "phone": PHONE, "type": 1}],
        ["phones", {"del": 1, "phone": PHONE}],
        ["phones", {"get": 1}],
    )
    assert (one["id"], one["int_id"], one["name"], one["group"]) == (55, added["id"], "Олена", f"{two}|{three}")
    assert (stopped, gone, none["response"]["error_code"]) == ({"id": 1}, {"result": "OK"}, 3)


@pytest.mark.covers_part(63, 67)
async def test_node_smsc_keeps_a_template_and_sends_a_mailing_by_it(node_smsc, shop):
    (template,) = await node_smsc.call(["templates", {"add": 1, "name": "Зима", "msg": TEXT, "sender": SENDER}])
    (listed,), made = await node_smsc.call(
        ["templates", {"get": 1}],
        ["jobs", {"add": 1, "name": "Зима", "phones": f"{PHONE},{OTHER}", "tpl": template["id"], "cost": 1}],
    )
    assert listed == {
        "id": template["id"], "name": "Зима", "message": TEXT, "format": "", "sender": SENDER, "flag": 0,
    }  # fmt: skip
    assert made == {"id": made["id"], "cost": "0.90"}
    for message_id in (100_000_001, 100_000_002):
        assert (await shop.delivered(message_id)).content.text == TEXT
    (all_of_them,) = await node_smsc.call(["jobs", {"get_all": 1}])
    assert [(one["id"], one["name"], one["status"], one["sms_cnt"]) for one in all_of_them] == [
        (made["id"], "Зима", 1, 2)
    ]


# -- smsc-ru -----------------------------------------------------------------------------------------------------------


class LedClient:
    """smsc-ru, whose host cannot be set: it is led here by a proxy, and may reach nobody else."""

    def __init__(self, node, shop, proxy):
        self.node = node
        self.shop = shop
        self.proxy = proxy

    async def call(self, *words):
        environment = {
            "NODE_PATH": str(PEERS / "node" / "node_modules"),
            "NODE_EXTRA_CA_CERTS": str(self.shop.authority),
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self.proxy),
            "NO_PROXY": "", "no_proxy": "",
        }  # fmt: skip
        code, printed, complained = await run(
            self.node, "--require", str(HERE / "only_here.js"), str(HERE / "smsc_ru.js"), *words, env=environment
        )
        assert code == 0, complained
        return lines(printed)[0]


@pytest.fixture
async def smsc_ru(shop):
    need_file(PEERS / "node" / "node_modules" / "smsc-ru", "npm smsc-ru")
    async with lead_home(shop.plain, shop.tls) as (proxy, asked):
        client = LedClient(need("node"), shop, proxy)
        client.asked = asked
        yield client


@pytest.mark.covers_part(40, 49)
async def test_smsc_ru_sends_over_tls(smsc_ru, shop):
    await smsc_ru.call("sms", "shop", hashlib.md5(PASSWORD.encode()).hexdigest(), PHONE, "Hello")
    assert smsc_ru.asked == ["CONNECT smsc.ru:443 HTTP/1.1"]
    message = await shop.delivered(100_000_001)
    assert (message.recipient, message.sender, message.content.text) == (PHONE, SENDER, "Hello")


@pytest.mark.covers_part(74)
async def test_smsc_ru_asks_for_the_balance(smsc_ru):
    assert await smsc_ru.call("balance", "shop", hashlib.md5(PASSWORD.encode()).hexdigest()) == "100.00"
    assert await smsc_ru.call("balance", "shop", "wrong") == "ERROR = 2 (authorise error)"
    assert [request.split(" ")[1].partition("?")[0] for request in smsc_ru.asked] == [
        "http://smsc.ru/sys/balance.php"
    ] * 2


async def test_smsc_ru_gets_no_short_message_for_a_call(smsc_ru, shop):
    await smsc_ru.call("call", "shop", hashlib.md5(PASSWORD.encode()).hexdigest(), PHONE, "Hello")
    assert len(smsc_ru.asked) == 1
    assert await shop.world.gateway.store.messages([100_000_001], None) == []


# -- Symfony -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def symfony(shop):
    need_file(SYMFONY, "php-symfony-smsc-notifier")
    php = need("php")

    async def send(phone, text, *, password=PASSWORD):
        code, printed, complained = await run(
            php,
            str(HERE / "symfony_smsc.php"),
            str(shop.tls),
            str(shop.authority),
            "shop",
            password,
            SENDER,
            phone,
            text,
        )
        assert code == 0, complained
        return lines(printed)[0]

    return send


@pytest.mark.covers_part(40)
async def test_symfony_sends_over_tls(symfony, shop):
    sent = await symfony(f"+{PHONE}", TEXT)
    assert sent["transport"] == f"smsc://127.0.0.1:{shop.tls}?from={SENDER}"
    message = await shop.delivered(sent["id"])
    assert (message.recipient, message.content.text) == (PHONE, TEXT)


async def test_symfony_hears_errors(symfony):
    denied = await symfony(PHONE, TEXT, password="wrong")
    assert denied == {"error": 'Unable to send the SMS: code = 2, message = "authorise error".'}
    wrong = await symfony("12", TEXT)
    assert wrong == {"error": 'Unable to send the SMS: code = 7, message = "invalid number".'}


def test_nothing_of_the_drivers_names_another_host():
    """The clients are pointed here by an option, by a proxy, or by an attribute; and they are fenced in besides."""
    for driver in ("smsc_client.py", "node_smsc.js", "symfony_smsc.php"):
        assert "smsc.ru" not in (HERE / driver).read_text("utf-8")
    assert os.access(HERE / "only_here.js", os.R_OK)
