"""`heliograph demo`: a whole gateway for looking at, in one command (product.md, the first ten minutes).

An embedded store in a temporary or named folder, five simulated carriers by SMPP, an account with money, a sender name
and credentials. With `--dir` the folder stays, and the next start prints the same credentials again. `--tour` sends one
message for each way a message can end, shows how they end, and ends itself.
"""

from __future__ import annotations

import errno
import json as json_text
import os
import shlex
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from heliograph.app import Gateway
from heliograph.backoffice import verbs
from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from heliograph.backoffice.senders import SenderSettings
from heliograph.cli.demo_carriers import DemoGateway
from heliograph.cli.serve import run_until_stopped
from heliograph.cli.shell import AsJson, out, print_json
from heliograph.cli.tour import tour
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.http_listener import written
from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from heliograph.installation import Installation, write_private
from heliograph.net.certificates import BadCertificate, read_identity, self_signed
from heliograph.ops import failpoints, log
from heliograph.ops.clock import SystemClock
from heliograph.settings import (
    CallbackSettings,
    ConnectorSettings,
    GatewaySettings,
    HttpSettings,
    ListenerSettings,
    LogSettings,
    QueueSettings,
)

LOGIN: Final = "demo"
SENDER: Final = "Heliograph"
MONEY: Final = "1000"
USUAL_PORT: Final = 8080
USUAL_SMPP_PORT: Final = 2775
USUAL_SMTP_PORT: Final = 2525
HOST: Final = "127.0.0.1"
CALLED: Final = "380440000001"
"""The number people call to confirm theirs."""
RENTED: Final = "380440000002"
"""A number for incoming messages that may be rented."""
CERTIFICATE_DAYS: Final = 365


class Credentials(msgspec.Struct, frozen=True):
    """What a program needs to use the demo."""

    login: str
    password: str
    apikey: str
    token: str
    sender: str
    system_id: str = ""
    smpp_password: str = ""


@dataclass(frozen=True, slots=True)
class _How:
    """What was asked for on the command line."""

    as_json: bool
    as_tour: bool
    named: bool
    certificate: Path | None = None
    """What a client must believe; None = without TLS."""


def demo(
    *,
    folder: Annotated[
        Path | None, Parameter(name="--dir", help="Keep everything in this folder; else a temporary one is used.")
    ] = None,
    http_port: Annotated[
        int | None, Parameter(help="Port of the HTTP doors, 0 = any free one. [default: 8080, or any if that is taken]")
    ] = None,
    smpp_port: Annotated[
        int | None, Parameter(help="Port of the SMPP door, 0 = any free one. [default: 2775, or any if that is taken]")
    ] = None,
    smtp_port: Annotated[
        int | None, Parameter(help="Port of the SMTP door, 0 = any free one. [default: 2525, or any if that is taken]")
    ] = None,
    tour: Annotated[bool, Parameter(negative="", help="Send one message for each end, show them, then end.")] = False,
    tls: Annotated[
        bool, Parameter(negative="", help="Speak https, with a certificate that is signed by itself.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Run a gateway with simulated carriers and a sample account, ready to be used."""
    with ExitStack() as stack:
        if folder is None:
            place = Path(tempfile.mkdtemp(prefix="heliograph-demo-"))
            stack.callback(shutil.rmtree, place, ignore_errors=True)
        else:
            place = folder
        installation = Installation(place)
        installation.make()
        log.configure(level="error", form="auto", mask=True)
        certificate = _certificate(installation) if tls else None
        ports = _port(http_port, USUAL_PORT), _port(smpp_port, USUAL_SMPP_PORT), _port(smtp_port, USUAL_SMTP_PORT)
        settings = demo_settings(*ports, is_tour=tour, certificate=certificate)
        gateway = DemoGateway(settings, installation, failpoint=failpoints.from_environ(os.environ))
        return run_until_stopped(gateway, _Started(_How(json, tour, folder is not None, certificate)).started)


def demo_settings(
    port: int, smpp_port: int, smtp_port: int = 0, *, is_tour: bool, certificate: Path | None = None
) -> GatewaySettings:
    """Five carriers by SMPP behind one route table, Ukrainian and other prices, a way for look-ups, which SMPP does
    not have, and what the scripts of numbers, names and links need. A tour gives silent messages up at once."""
    carriers = ("polite", "backup", "slow", "flaps", "liar")
    return GatewaySettings(
        http=HttpSettings(
            listeners=(ListenerSettings(port, HOST, str(certificate.absolute()) if certificate else ""),)
        ),
        smpp=SmppDoorSettings(
            listeners=(
                SmppListenerSettings(smpp_port, HOST, "plain", str(certificate.absolute()) if certificate else ""),
            )
        ),
        smtp=SmtpDoorSettings(
            listeners=(SmtpListenerSettings(smtp_port, HOST, str(certificate.absolute()) if certificate else ""),)
        ),
        queue=QueueSettings(grace_s=3, least_free_disk_mib=64, silent_after_s=2 if is_tour else 86400),
        smsc=SmscSettings(confirmation_numbers=(CALLED,)),
        senders=SenderSettings(code_login=LOGIN),
        incoming_numbers=(OfferedNumber(RENTED, "30"),),
        links=LinkSettings(f"{'https' if certificate else 'http'}://{HOST}:{port}" if port else ""),
        callbacks=CallbackSettings(allow_networks=("127.0.0.0/8", "::1/128")),  # whoever tries it listens here
        log=LogSettings(level="error"),  # one of the carriers loses its link again and again
        connectors=(
            *[
                ConnectorSettings(
                    name,
                    "smpp",
                    personality="polite" if name == "backup" else name,
                    late_answer_wait_s=2.0 if is_tour else 60.0,
                    smpp=SmppSettings(window=500, reconnect_least_s=0.2, reconnect_most_s=2.0),
                )
                for name in carriers
            ],
            ConnectorSettings("look-ups", "simulated"),
        ),
        routes=(
            Rule("advertising", block=True, senders=("SPAM",)),
            Rule("slow", ("slow",), prefixes=("38063", "38073", "38093")),
            Rule("flapping", ("flaps", "backup"), prefixes=("38091",)),
            Rule("doubtful", ("liar",), prefixes=("38092",)),
            Rule("everywhere", ("polite", "backup")),
            Rule("look-ups", ("look-ups",), kinds=("hlr", "ping")),
        ),
        tariffs=(
            TariffLine("ukraine", "default", "0.45", prefixes=("380",)),
            TariffLine("elsewhere", "default", "1.20"),
            TariffLine("look-ups", "default", "0.10", kinds=("hlr", "ping")),
        ),
    )


class _Started:
    """What happens once the gateway takes messages."""

    def __init__(self, how: _How) -> None:
        self._how = how

    async def started(self, gateway: Gateway) -> None:
        credentials = await _account(gateway)
        certificate = {"certificate": str(self._how.certificate)} if self._how.certificate else {}
        values = {**certificate, **msgspec.to_builtins(credentials)}
        smpp, smtp = written(*gateway.smpp.addresses[0]), written(*gateway.smtp.addresses[0])
        _write_environment(gateway, {"url": gateway.http_url, "smpp": smpp, "smtp": smtp, **values})
        if self._how.as_json:
            print_json({"http_url": gateway.http_url, "smpp": smpp, "smtp": smtp, **values})
        else:
            for line in _welcome(gateway, credentials, self._how):
                out.print(line)
        if self._how.as_tour:
            raise SystemExit(await tour(gateway, credentials.login, credentials.sender, as_json=self._how.as_json))


async def _account(gateway: Gateway) -> Credentials:
    """The sample account: made at the first start, the same at each later one."""
    path, author = gateway.installation.demo, "demo"
    if path.exists():
        known = msgspec.json.decode(path.read_bytes(), type=Credentials)
        return known if known.system_id else await _with_system_id(gateway, known, author)
    made = await gateway.verbs.do(verbs.AccountCreate(LOGIN), author)
    new = msgspec.to_builtins(made)
    for verb in (verbs.AccountSender(LOGIN, SENDER), verbs.AccountTopUp(LOGIN, MONEY, "welcome")):
        await gateway.verbs.do(verb, author)
    credentials = Credentials(LOGIN, new["password"], new["apikey"], new["token"], SENDER)
    return await _with_system_id(gateway, credentials, author)


async def _with_system_id(gateway: Gateway, credentials: Credentials, author: str) -> Credentials:
    """The same with what a bind needs, kept in the folder."""
    made = msgspec.to_builtins(await gateway.verbs.do(verbs.AccountSmpp(LOGIN, LOGIN), author))
    credentials = msgspec.structs.replace(credentials, system_id=LOGIN, smpp_password=made["password"])
    write_private(gateway.installation.demo, json_text.dumps(msgspec.to_builtins(credentials), indent=1) + "\n")
    return credentials


def _certificate(installation: Installation) -> Path:
    """A file with certificate and key: made at the first start with TLS, the same while it is valid."""
    path = installation.demo.with_suffix(".pem")
    now = SystemClock().now()
    try:
        is_good = not read_identity(path, None, "", protocols=[]).concerns((), now)
    except BadCertificate:
        is_good = False
    if not is_good:
        write_private(path, self_signed(["localhost"], ["127.0.0.1", "::1"], now, CERTIFICATE_DAYS).decode("ascii"))
    return path


def _write_environment(gateway: Gateway, values: Mapping[str, str]) -> None:
    """The same for a shell: `. FOLDER/demo.env` sets URL, TOKEN, SENDER and the others."""
    lines = [f"export {name.upper()}={shlex.quote(value)}\n" for name, value in values.items()]
    write_private(gateway.installation.demo.with_suffix(".env"), "".join(lines))


def _welcome(gateway: Gateway, credentials: Credentials, how: _How) -> list[str]:
    url, token, folder = gateway.http_url, credentials.token, gateway.installation.folder
    curl = f"curl -s --cacert {shlex.quote(str(how.certificate))}" if how.certificate else "curl -s"
    apikey = credentials.apikey
    body = json_text.dumps(
        {"src_addr": credentials.sender, "phone": ["380671234567"], "message": "Hello"}, ensure_ascii=False
    )
    return [
        "",
        f"[bold]Heliograph is ready[/bold] at {url}",
        "",
        f"login [green]{credentials.login}[/green]   password [green]{credentials.password}[/green]",
        f"token [green]{token}[/green]",
        f"apikey [green]{credentials.apikey}[/green]",
        f"sender [green]{credentials.sender}[/green]   balance [green]{MONEY} UAH at the start[/green]",
        "",
        "[bold]Send a message[/bold] (SMS Club's interface):",
        f"  {curl} {url}/sms/send -H 'Authorization: Bearer {token}' -d '{body}'",
        "[bold]Ask what became of it[/bold] (put the id of the answer in):",
        f"  {curl} {url}/sms/status -H 'Authorization: Bearer {token}' -d '{{\"id_sms\":[\"100000001\"]}}'",
        "[bold]The same through SMSC's interface[/bold]:",
        f"  {curl} '{url}/sys/send.php?apikey={apikey}&phones=380671234567&mes=Hello&cost=3&fmt=3'",
        f"  {curl} '{url}/sys/status.php?apikey={apikey}&phone=380671234567&id=100000002&fmt=3'",
        f"[bold]Bind by SMPP[/bold] to {written(*gateway.smpp.addresses[0])}: system_id "
        f"[green]{credentials.system_id}[/green]   password [green]{credentials.smpp_password}[/green]",
        f"[bold]Send by mail[/bold] (SMSC's interface) to send@any.domain at {written(*gateway.smtp.addresses[0])}",
        f"[bold]Try our own interface[/bold] in a browser, with the token above: {url}/v1/docs",
        "[bold]See the whole story of a message[/bold]:",
        f"  {shlex.quote(sys.argv[0])} trace 100000001 --dir {folder}",
        "",
        "Numbers that end in 0001, 0002, 0003 … fail in different ways: docs/simulator.md.",
        f"Everything is kept in {folder}." if how.named else "The folder is removed at the end; --dir keeps one.",
        "Ctrl-C stops it.",
        "",
    ]


def _port(wanted: int | None, usual: int) -> int:
    """The port asked for; else the usual one if it is free, else any."""
    if wanted is not None:
        return wanted
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, usual))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return 0
    return usual
