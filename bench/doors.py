"""How fast each way in is, beside the others: one message a request, durable before its answer.

    python -m bench.doors [--messages N] [--runs N] [--doors NAME …]

Every door over HTTP by 50 connections, and mails over SMTP by eight; run by run all doors in turn, so that what else
the machine does comes to all of them. The budget of a door over HTTP is 0.7 of what `send.php` takes; that of mails is
400 messages a second. CPU is the gateway's, to the last receipt. It is pinned to core 0, this program to core 1.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import running
from bench.gateway import in_fresh_folder, until_final
from bench.load import flood, median

from heliograph.cli.drill.door_requests import HTTP_DOORS, Door, Secrets
from heliograph.net.free_ports import free_ports

SHARE_OF_SEND = 0.7
MAILS_A_SECOND = 400
CONNECTIONS = 50
MAIL_CONNECTIONS = 8
WARMING = 200
SENDER = "Heliograph"
MORE = "\n[smsc]\nat_once = 0\n\n[v1]\nrequests_per_second = 100000\n\n[[smtp.listeners]]\nport = {port}\n"


@dataclass(frozen=True)
class Speed:
    """Messages a second until the last answer, and µs of CPU a message until its receipt."""

    rate: float
    cpu_us: float


def over_http(folder: Path, *, door: Door, messages: int) -> Speed:
    """How fast a door is, all messages accepted."""
    gateway = running.start(folder, more=MORE.format(port=0))
    try:
        asks = iter(list(_requests(gateway, door, messages)))
        asyncio.run(flood(gateway.host, gateway.port, _requests(gateway, door, WARMING, "380661"), 2))
        until_final(gateway, WARMING, time.perf_counter())
        before = gateway.cpu_s()
        measured = asyncio.run(flood(gateway.host, gateway.port, asks, CONNECTIONS))
        until_final(gateway, messages + WARMING, time.perf_counter())
        _all_accepted(gateway, messages + WARMING)
        return Speed(measured.rate, (gateway.cpu_s() - before) / messages * 1e6)
    finally:
        gateway.stop()


def by_mail(folder: Path, *, messages: int) -> Speed:
    """How fast mails with a command are, all of them accepted."""
    (port,) = free_ports(1)
    gateway = running.start(folder, more=MORE.format(port=port))
    try:
        mails = iter(list(_mails(gateway, messages)))
        before = gateway.cpu_s()
        seconds = asyncio.run(_mail_flood(gateway.host, port, mails))
        until_final(gateway, messages, time.perf_counter())
        _all_accepted(gateway, messages)
        return Speed(messages / seconds, (gateway.cpu_s() - before) / messages * 1e6)
    finally:
        gateway.stop()


def _secrets(gateway: running.Running) -> Secrets:
    made = json.loads((gateway.folder / "bench.json").read_text())
    return Secrets("bench", made["password"], made["token"], made["apikey"], SENDER)


def _requests(gateway: running.Running, door: Door, messages: int, network: str = "380671") -> Iterator[bytes]:
    secrets = _secrets(gateway)
    for number in range(messages):
        asked = door.ask(secrets, [f"{network}{100_200 + number:06d}"], f"Your code is {number}. Do not tell it.")
        head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers)
        start = f"POST {asked.path} HTTP/1.1\r\nHost: gateway\r\n{head}Content-Length: {len(asked.body)}\r\n\r\n"
        yield start.encode() + asked.body


def _mails(gateway: running.Running, messages: int) -> Iterator[bytes]:
    secrets = _secrets(gateway)
    for number in range(messages):
        command = f":{secrets.apikey}:::,,{SENDER}:380671{100_200 + number:06d}:Your code is {number}. Do not tell it."
        body = base64.encodebytes(command.encode()).replace(b"\n", b"\r\n")
        yield (
            b"From: bench@bench.example\r\nTo: send@bench.example\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + body
        )


async def _mail_flood(host: str, port: int, mails: Iterator[bytes]) -> float:
    """Seconds until all mails are answered with 250."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(_mail_session(host, port, mails) for _ in range(MAIL_CONNECTIONS)))
    return loop.time() - started


async def _mail_session(host: str, port: int, mails: Iterator[bytes]) -> None:
    """One connection, a mail after the other, each command waiting for its answer."""
    reader, writer = await asyncio.open_connection(host, port)

    async def ask(words: bytes, wanted: bytes) -> None:
        if words:
            writer.write(words)
        while True:
            line = await reader.readline()
            if line[3:4] != b"-":
                break
        if not line.startswith(wanted):
            raise SystemExit(f"a mail was answered {line!r}")

    await ask(b"", b"220")
    await ask(b"EHLO bench\r\n", b"250")
    for mail in mails:
        await ask(b"MAIL FROM:<bench@bench.example>\r\n", b"250")
        await ask(b"RCPT TO:<send@bench.example>\r\n", b"250")
        await ask(b"DATA\r\n", b"354")
        await ask(mail + b".\r\n", b"250")
    await ask(b"QUIT\r\n", b"221")
    writer.close()


def _all_accepted(gateway: running.Running, messages: int) -> None:
    accepted = gateway.metrics()["heliograph_accepted_total"]
    if accepted != messages:
        raise SystemExit(f"{accepted:,.0f} of {messages:,} messages were accepted")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=8_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--doors", nargs="*", default=[], choices=[*HTTP_DOORS, "smtp"], help="all unless given")
    given = parser.parse_args()
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    http = {name: door for name, door in HTTP_DOORS.items() if name in given.doors or not given.doors}
    seen: dict[str, list[Speed]] = {name: [] for name in http}
    mails: list[Speed] = []
    for _ in range(given.runs):
        for name, door in http.items():
            seen[name].append(in_fresh_folder(over_http, door=door, messages=given.messages))
        if "smtp" in given.doors or not given.doors:
            mails.append(in_fresh_folder(by_mail, messages=given.messages // 2))
    speeds = {name: _median(runs) for name, runs in seen.items()}
    of_send = speeds.get("smsc")
    for name, speed in sorted(speeds.items(), key=lambda one: -one[1].rate):
        share = f"; {speed.rate / of_send.rate:.2f} of send.php (budget {SHARE_OF_SEND})" if of_send else ""
        print(f"{name:14} {speed.rate:8,.0f} messages/s; {speed.cpu_us:5,.0f} µs CPU a message{share}")
    if mails:
        speed = _median(mails)
        print(
            f"{'smtp':14} {speed.rate:8,.0f} messages/s; {speed.cpu_us:5,.0f} µs CPU a message, "
            f"over {MAIL_CONNECTIONS} connections (budget {MAILS_A_SECOND})"
        )


def _median(runs: list[Speed]) -> Speed:
    return Speed(median([one.rate for one in runs]), median([one.cpu_us for one in runs]))


if __name__ == "__main__":
    main()
