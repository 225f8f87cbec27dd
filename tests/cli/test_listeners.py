"""Listeners as an operator runs them: certificates checked, served, renewed on SIGHUP; ports that are taken."""

from __future__ import annotations

import datetime
import http.client
import json
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from cli.test_commands import CONFIG, HELIOGRAPH, answer, new_account, post, run, serving
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from heliograph.listeners import in_the_clear
from heliograph.settings import GatewaySettings, HttpSettings, ListenerSettings, complaints

CURL, OPENSSL = shutil.which("curl"), shutil.which("openssl")
NAME = "localhost"
CARRIER_ON = CONFIG.partition("[queue]")[2]
LISTENERS = """
[[http.listeners]]
port = 0
[[http.listeners]]
port = 0
certificate = "cert.pem"
key = "key.pem"
[queue]"""


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def folder(tmp_path, authority):
    """A data folder with a plain listener and one with TLS."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(LISTENERS + CARRIER_ON)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    issue(authority, folder)
    return folder


def issue(authority, folder, *names, days=90, age=1):
    """A new certificate and its key, as a renewal puts them there; its serial number in hex."""
    now = datetime.datetime.now(datetime.UTC)
    times = {"not_before": now - datetime.timedelta(age), "not_after": now + datetime.timedelta(days)}
    issued = authority.issue_cert(*(names or (NAME,)), **times)
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    (folder / "cert.pem").chmod(0o600)
    return f"{x509.load_pem_x509_certificate((folder / 'cert.pem').read_bytes()).serial_number:X}"


def urls_of(folder):
    """The plain address and the one with TLS, by its name."""
    plain, secure = answer("status", "--dir", folder)["http_urls"]
    return plain, secure.replace("127.0.0.1", NAME)


def serial_of(folder, url):
    """Which certificate a new connection gets; it must be good."""
    context = ssl.create_default_context(cafile=folder.parent / "authority.pem")
    host, port = url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.getpeercert()["serialNumber"].lstrip("0")


def metrics_of(url):
    """Values by name and label."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def hang_up(process):
    """SIGHUP, and what the log says of it until all is done."""
    process.send_signal(signal.SIGHUP)
    events = []
    while not events or events[-1]["event"] != "reloaded":
        events.append(json.loads(process.stderr.readline()))
    return events


def configure(folder, old, new):
    path = folder / "heliograph.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# -- check-config ---------------------------------------------------------------------------------------------------


def test_check_config_says_what_is_wrong_with_a_certificate(folder, authority):
    checked = answer("check-config", "--dir", folder)
    assert (checked["ok"], checked["listeners"], checked["warnings"]) == (True, 2, [])
    other = folder / "other"
    other.mkdir()
    issue(authority, other)
    cases = [
        ('"key.pem"', '"other/key.pem"', "other/key.pem does not belong to the certificate in"),
        ('"cert.pem"', '"gone.pem"', "gone.pem cannot be read: No such file or directory"),
        ('certificate = "cert.pem"', "", "http.listeners[1] has a key but no certificate"),
        ('certificate = "cert.pem"', 'names = ["localhost"]\ncertificate = "cert.pem"', None),
        (
            'certificate = "cert.pem"',
            'names = ["sms.example"]\ncertificate = "cert.pem"',
            "cert.pem is not made out to sms.example, but to localhost",
        ),
    ]
    for old, new, said in cases:
        before = (folder / "heliograph.toml").read_text()
        configure(folder, old, new)
        if said is None:
            run("check-config", "--dir", folder)
        else:
            complaint = run("check-config", "--dir", folder, code=78)
            assert said in complaint
            assert "Traceback" not in complaint
        (folder / "heliograph.toml").write_text(before)


def test_check_config_minds_the_times_of_a_certificate(folder, authority):
    issue(authority, folder, days=-0.5)
    assert "cert.pem expired on 20" in run("check-config", "--dir", folder, code=78)
    issue(authority, folder, age=-1)
    assert "cert.pem is not valid before 20" in run("check-config", "--dir", folder, code=78)
    issue(authority, folder, days=3.5)
    (warning,) = answer("check-config", "--dir", folder)["warnings"]
    assert "cert.pem expires on 20" in warning
    assert warning.endswith(", in 3 days")


# -- serve ----------------------------------------------------------------------------------------------------------


def test_serve_with_a_certificate_that_cannot_be_used_ends_with_78(folder):
    (folder / "key.pem").write_text("no key")
    assert "key.pem holds no key in PEM form" in run("serve", "--dir", folder, code=78)


def test_serve_starts_with_an_expired_certificate_and_says_so(folder, authority):
    issue(authority, folder, days=-0.5)
    with serving(folder) as (process, _):
        events = [json.loads(process.stderr.readline()) for _ in range(2)]
        assert (events[0]["event"], events[0]["level"]) == ("certificate", "error")
        assert "cert.pem expired on" in events[0]["concern"]
        assert events[1]["event"] == "started"


def test_a_port_that_is_taken_is_named_before_anything_begins(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        configure(folder, "port = 0\ncert", f"port = {port}\ncert")
        complaint = run("serve", "--dir", folder, code=1)
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in complaint
    assert "Traceback" not in complaint
    assert answer("check", "--dir", folder) == {"faults": []}


def test_SIGHUP_takes_a_new_certificate_and_drops_no_connection(folder, authority):
    with serving(folder) as (process, _):
        process.stderr.readline()
        plain, secure = urls_of(folder)
        old = serial_of(folder, secure)
        address = secure.removeprefix("https://")
        context = ssl.create_default_context(cafile=folder.parent / "authority.pem")
        kept = http.client.HTTPSConnection(address, context=context, timeout=10)
        kept.request("GET", "/healthz")
        assert kept.getresponse().read() == b'{"status":"ok"}\n'

        new = issue(authority, folder)
        assert serial_of(folder, secure) == old
        assert [event["event"] for event in hang_up(process)] == ["reloaded"]
        assert serial_of(folder, secure) == new != old
        kept.request("GET", "/healthz")
        assert kept.getresponse().status == 200
        assert kept.sock.getpeercert()["serialNumber"].lstrip("0") == old
        kept.close()

        (folder / "cert.pem").write_text("half a certi")
        failed, done = hang_up(process)
        assert (failed["event"], failed["level"], done["complaints"]) == ("not reloaded", "error", 1)
        assert "cert.pem holds no certificate in PEM form" in failed["complaint"]
        assert serial_of(folder, secure) == new
        assert metrics_of(plain)["heliograph_reload_complaints"] == "1.0"
        assert answer("status", "--dir", folder)["reload_complaints"] == [failed["complaint"]]

        (folder / "new").mkdir()
        moved = issue(authority, folder / "new")
        configure(folder, '"cert.pem"', '"new/cert.pem"')
        configure(folder, '"key.pem"', '"new/key.pem"')
        assert [event["event"] for event in hang_up(process)] == ["reloaded"]
        assert serial_of(folder, secure) == moved
        assert metrics_of(plain)["heliograph_reload_complaints"] == "0.0"

        renewed = issue(authority, folder / "new")
        configure(folder, "[queue]", "[quee]")
        failed, _ = hang_up(process)
        assert failed["complaint"] == "quee is no setting; did you mean queue?"
        assert serial_of(folder, secure) == renewed


MAIL_AND_SMPP = """
[smtp]
domains = ["example.com"]
[[smtp.listeners]]
port = 0
certificate = "cert.pem"
key = "key.pem"
[[smtp.listeners]]
port = 0
tls = "always"
certificate = "cert.pem"
key = "key.pem"
[[smpp.listeners]]
port = 0
certificate = "cert.pem"
key = "key.pem"
[queue]"""


def mail_and_smpp(folder, more=MAIL_AND_SMPP):
    """The folder with a plain HTTP listener, and mail and SMPP over TLS."""
    (folder / "heliograph.toml").write_text("[http]\nport = 0\n" + more + CARRIER_ON)


def serial_by_starttls(context, host, port):
    with smtplib.SMTP(host, port, timeout=10) as caller:
        caller._host = NAME  # whom the certificate is checked against
        caller.starttls(context=context)
        return caller.sock.getpeercert()["serialNumber"].lstrip("0")


def test_SIGHUP_renews_the_certificates_of_mail_and_SMPP_too(folder, authority):
    mail_and_smpp(folder)
    context = ssl.create_default_context(cafile=folder.parent / "authority.pem")
    first = issue(authority, folder)
    with serving(folder) as (process, _):
        process.stderr.readline()
        told = answer("status", "--dir", folder)
        (host, starttls), (_, always), (_, smpp) = (one.split(":") for one in (*told["smtp"], *told["smpp"]))

        def serials():
            direct = [serial_of(folder, f"https://{NAME}:{port}") for port in (always, smpp)]
            return {serial_by_starttls(context, host, int(starttls)), *direct}

        assert serials() == {first}
        kept = smtplib.SMTP_SSL(NAME, int(always), timeout=10, context=context)
        second = issue(authority, folder)
        assert [event["event"] for event in hang_up(process)] == ["reloaded"]
        assert serials() == {second} != {first}
        assert kept.noop()[0] == 250
        kept.close()
        (folder / "key.pem").write_text("half a ke")
        assert [event["event"] for event in hang_up(process)] == ["not reloaded"] * 3 + ["reloaded"]
        assert serials() == {second}
        expiries = [name for name in metrics_of(told["http_urls"][0]) if "certificate_expires" in name]
        assert expiries == ['heliograph_tls_certificate_expires_timestamp_seconds{listener="127.0.0.1:0"}']


def test_check_config_minds_the_certificates_of_mail_and_SMPP(folder, authority):
    mail_and_smpp(folder)
    issue(authority, folder, days=3.5)
    checked = answer("check-config", "--dir", folder)
    assert (checked["listeners"], len(checked["warnings"])) == (4, 3)
    mail_and_smpp(folder, MAIL_AND_SMPP.replace('"key.pem"', '"gone.pem"', 1))
    assert "gone.pem cannot be read: No such file or directory" in run("check-config", "--dir", folder, code=78)


@pytest.mark.parametrize(
    ("hosts", "complaint"),
    [
        (("127.0.0.1", "127.0.0.1"), "port 2525 is wanted twice: by http on 127.0.0.1 and by smtp on 127.0.0.1"),
        (("0.0.0.0", "localhost"), "port 2525 is wanted twice: by http on 0.0.0.0 and by smtp on localhost"),
        (("10.0.0.1", "::"), "port 2525 is wanted twice: by http on 10.0.0.1 and by smtp on ::"),
        (("::1", "0.0.0.0"), None),
        (("10.0.0.1", "10.0.0.2"), None),
    ],
)
def test_a_port_that_two_doors_want_is_complained_of(hosts, complaint):
    http, smtp = hosts
    settings = GatewaySettings(
        http=HttpSettings(listeners=(ListenerSettings(2525, http),)),
        smtp=SmtpDoorSettings(listeners=(SmtpListenerSettings(2525, smtp),)),
    )
    assert [one for one in complaints(settings) if "wanted twice" in one] == ([complaint] if complaint else [])


def test_metrics_tell_of_handshakes_and_when_the_certificate_expires(folder, authority):
    issue(authority, folder, days=50)
    until = time.time() + 50 * 86_400
    with serving(folder):
        plain, secure = urls_of(folder)
        serial_of(folder, secure)
        host, port = secure.removeprefix("https://").split(":")
        with socket.create_connection((host, int(port)), 10) as caller:
            caller.sendall(b"\x16\x03\x01\x00\x05hello")
            caller.recv(100)
        found = metrics_of(plain)
    label = '{listener="127.0.0.1:0"}'
    assert found[f"heliograph_tls_handshakes_total{label}"] == "1.0"
    assert found[f"heliograph_tls_handshakes_failed_total{label}"] == "1.0"
    assert found[f"heliograph_tls_handshakes_under_way{label}"] == "0.0"
    assert abs(float(found[f"heliograph_tls_certificate_expires_timestamp_seconds{label}"]) - until) < 120
    assert not [name for name in found if name.startswith("heliograph_tls") and label not in name]


# -- what else SIGHUP takes over --------------------------------------------------------------------------------------


def test_SIGHUP_takes_over_prices_and_routes_and_names_what_waits_for_a_start(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)
    with serving(folder) as (process, _):
        process.stderr.readline()
        plain, _ = urls_of(folder)

        def price():
            (sent,) = answer("send", "380671234567", "x", "--login", "shop", "--sender", "Shop", "--dir", folder)
            return sent["price"]

        assert price() == "0.450000"
        configure(folder, 'price = "0.45"', 'price = "0.60"')
        configure(folder, "grace_s = 3", "grace_s = 4\nwindow = 500")
        waits, _ = hang_up(process)
        assert (waits["event"], waits["level"]) == ("changed, but taken over at the next start alone", "warning")
        assert waits["settings"] == ["queue.window", "queue.grace_s"]
        assert price() == "0.600000"

        configure(folder, 'price = "0.60"', 'price = "0.70"')
        configure(folder, 'connectors = ["carrier"]', 'connectors = ["nobody"]')
        failed, *_ = hang_up(process)
        assert "leads to the connector 'nobody', which does not exist" in failed["complaint"]
        assert price() == "0.600000"

        (folder / "heliograph.toml").write_text("[http")
        failed, *_ = hang_up(process)
        assert "is not TOML" in failed["complaint"]
        assert post(plain, "/sms/balance", made["token"])["success_request"]["info"]["money"] == "8.3500"


def test_SIGHUP_takes_over_which_proxies_are_trusted(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)
    answer("account", "limits", "shop", "--allow-peer", "203.0.113.5", "--dir", folder)
    configure(folder, "[queue]", "[http]\ntrusted_proxies = []\n[queue]")
    with serving(folder) as (process, _):
        process.stderr.readline()
        plain, _ = urls_of(folder)

        def status():
            headers = {"Authorization": f"Bearer {made['token']}", "X-Forwarded-For": "203.0.113.5"}
            request = urllib.request.Request(f"{plain}/sms/balance", b"", headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    return response.status
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        assert status() == 401
        configure(folder, "trusted_proxies = []", 'trusted_proxies = ["127.0.0.1"]')
        hang_up(process)
        assert status() == 200


# -- the demo -------------------------------------------------------------------------------------------------------


def test_the_demo_speaks_https_with_a_certificate_it_keeps(tmp_path):
    certificates = []
    for _ in range(2):
        demo = subprocess.Popen(
            [*HELIOGRAPH, "demo", "--tls", "--dir", str(tmp_path / "demo"), "--http-port", "0", "--json"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            printed = json.loads(demo.stdout.readline())
            context = ssl.create_default_context(cafile=printed["certificate"])
            request = urllib.request.Request(
                f"{printed['http_url']}/sms/balance", b"", {"Authorization": f"Bearer {printed['token']}"}
            )
            with urllib.request.urlopen(request, timeout=10, context=context) as response:
                assert json.load(response)["success_request"]["info"]["money"] == "1000.0000"
            certificates.append(Path(printed["certificate"]).read_bytes())
        finally:
            demo.kill()
            demo.communicate(timeout=20)
    assert certificates[0] == certificates[1]
    assert Path(printed["certificate"]).stat().st_mode & 0o777 == 0o600


# -- peers ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(CURL is None, reason="missing peer: curl")
def test_curl_calls_over_http_and_https(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)
    with serving(folder):
        for url in urls_of(folder):
            for version in ("--tlsv1.2", "--tlsv1.3"):
                done = subprocess.run(
                    [CURL, "-sS", "--cacert", folder.parent / "authority.pem", version, "--max-time", "10",
                     "-H", f"Authorization: Bearer {made['token']}", "-d", "", f"{url}/sms/balance"],
                    capture_output=True, timeout=20,
                )  # fmt: skip
                assert json.loads(done.stdout)["success_request"]["info"]["money"] == "10.0000", done.stderr
        _, secure = urls_of(folder)
        done = subprocess.run([CURL, "-sS", f"{secure}/healthz"], capture_output=True, timeout=20, check=False)
        assert done.returncode == 60  # the certificate is nobody's it knows
        done = subprocess.run(
            [CURL, "-sS", "-w", "%{http_code}", secure.replace("https", "http") + "/healthz"],
            capture_output=True, timeout=20, check=False,
        )  # fmt: skip
        assert done.stdout == b'{"error":"this port speaks https"}\n400'


@pytest.mark.skipif(CURL is None, reason="missing peer: curl")
@pytest.mark.covers(40)
def test_curl_calls_each_script_of_SMSC_there_is_by_GET_and_POST_over_http_and_https(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)

    def call(url, script, *fields, how):
        given = (f"apikey={made['apikey']}", "fmt=3", *fields)
        words = [word for field in given for word in ("--data-urlencode", field)]
        done = subprocess.run(
            [CURL, "-sS", "--cacert", folder.parent / "authority.pem", "--max-time", "10", *how, *words,
             f"{url}/sys/{script}.php"],
            capture_output=True, timeout=20,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    with serving(folder):
        asked = 0
        for url in urls_of(folder):
            for how in (["--get"], []):
                asked += 1
                assert call(url, "balance", how=how) == {"balance": f"{10 - 0.45 * (asked - 1):.2f}"}
                sent = call(url, "send", "phones=380671234567", f"mes=Привіт {asked}", how=how)
                assert sent == {"id": sent["id"], "cnt": 1}
                status = call(url, "status", "phone=380671234567", f"id={sent['id']}", how=how)
                assert status["status"] in (-1, 0, 1)


@pytest.mark.skipif(OPENSSL is None, reason="missing peer: openssl")
def test_openssl_sees_the_new_certificate_after_SIGHUP(folder, authority):
    def shown(address):
        done = subprocess.run(
            [OPENSSL, "s_client", "-connect", address, "-servername", NAME, "-verify_return_error",
             "-CAfile", folder.parent / "authority.pem", "-alpn", "h2,http/1.1"],
            input=b"", capture_output=True, timeout=20, check=False,
        )  # fmt: skip
        text = done.stdout.decode()
        assert "Verify return code: 0 (ok)" in text, done.stderr
        assert "ALPN protocol: http/1.1" in text
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        return text[text.index(begin) : text.index(end)].strip()

    def on_disk():
        return (folder / "cert.pem").read_text().partition("-----END")[0].strip()

    with serving(folder) as (process, _):
        process.stderr.readline()
        address = urls_of(folder)[1].removeprefix("https://")
        first = on_disk()
        assert shown(address) == first
        issue(authority, folder)
        hang_up(process)
        assert shown(address) == on_disk() != first


@pytest.mark.parametrize(
    ("http", "warned"),
    [
        (HttpSettings(host="0.0.0.0"), ["0.0.0.0 port 8080"]),
        (HttpSettings(), []),
        (HttpSettings(host="0.0.0.0", trusted_proxies=("10.0.0.1",)), []),
        (HttpSettings(listeners=(ListenerSettings(443, "::", certificate="a.pem"), ListenerSettings(80, "::1"))), []),
        (HttpSettings(listeners=(ListenerSettings(9090, "::", doors=("monitors", "samples")),)), []),
        (HttpSettings(listeners=(ListenerSettings(80, "::", doors=("links", "smsc")),)), [":: port 80"]),
    ],
)
def test_B28_secrets_that_would_travel_in_the_clear_are_warned_of(http, warned):
    told = in_the_clear(http)
    assert [text.partition(" has no TLS")[0] for text in told] == warned
    assert all("--no-hashed-passwords" in text for text in told)
