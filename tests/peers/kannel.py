"""Debian's Kannel as a customer: a bearerbox that binds to a gateway, and a smsbox with its HTTP interface."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from heliograph.net.free_ports import free_ports
from peers.conftest import need_file

BOX = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {boxes}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
{sessions}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = tester
password = tester
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
accepted-smsc = gateway
get-url = "{heard}/incoming?from=%p&to=%P&text=%b&coding=%c"
"""

SESSION = """
group = smsc
smsc = smpp
smsc-id = gateway
host = 127.0.0.1
{how}
smsc-username = "{name}"
smsc-password = "{password}"
system-type = ""
reconnect-delay = 1
"""


class Kannel:
    """Its two boxes, and what they called: (path, fields) for each receipt and incoming message."""

    def __init__(self):
        self.calls = []
        self.sendsms = 0
        self.heard = ""

    async def serve(self, reader, writer):
        """The customer's own web server."""
        request = await reader.readuntil(b"\r\n\r\n")
        url = urlsplit(request.split()[1].decode())
        fields = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        self.calls.append((url.path, fields))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def send(self, sender, number, text, *, mask=0, **fields):
        """Ask smsbox to send; its answer. With `mask` receipts of these kinds are called back."""
        given = {"username": "tester", "password": "tester", "from": sender, "to": number, "text": text, **fields}
        if mask:
            given |= {"dlr-mask": str(mask), "dlr-url": f"{self.heard}/dlr?type=%d&to={number}&said=%A"}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        return await _get(self.sendsms, f"/cgi-bin/sendsms?{query}")

    def receipts(self, number):
        """The types of the receipts of a number, in order: 1 delivered, 2 failed, 8 accepted, 16 refused."""
        return [int(fields["type"]) for path, fields in self.calls if path == "/dlr" and fields["to"] == number]


def _program(name):
    found = shutil.which(name) or f"/usr/sbin/{name}"
    return need_file(Path(found), f"Kannel's {name}")


async def _get(port, path):
    """The body of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\nHost: kannel\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].decode()


async def _is_bound(admin, sessions):
    for _ in range(200):
        status = await _get(admin, "/status.txt?password=admin")
        if status.count("(online") == sessions and "smsbox" in status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"Kannel did not bind: {status}")


async def _answers(port):
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError("Kannel did not start")


@asynccontextmanager
async def kannel(folder, port, name, password, *, transceiver=True):
    """Both boxes, bound to `port`."""
    boxes = [_program("bearerbox"), _program("smsbox")]
    made = Kannel()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.heard = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    admin, between, made.sendsms = free_ports(3)
    config = folder / "kannel.conf"
    hows = [f"port = {port}\ntransceiver-mode = true"] if transceiver else [f"port = {port}", f"receive-port = {port}"]
    sessions = "".join([SESSION.format(how=how, name=name, password=password) for how in hows])
    config.write_text(BOX.format(admin=admin, boxes=between, sessions=sessions, sendsms=made.sendsms, heard=made.heard))
    processes = []
    try:
        for program, answers in zip(boxes, (between, made.sendsms), strict=True):
            with (folder / f"{Path(program).name}.log").open("wb") as log:
                processes.append(
                    await asyncio.create_subprocess_exec(
                        program, "-v", "1", str(config), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
                    )
                )
            await _answers(answers)
        await _is_bound(admin, len(hows))
        yield made
    finally:
        for process in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        server.close()
