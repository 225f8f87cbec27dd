"""Drives PyPI smsc: calls as JSON in, one line of JSON out for each. Runs in that client's own environment.

Whatever the client tries, this process reaches no address but this machine's.
"""

import json
import logging
import socket
import sys


class OnlyHere(socket.socket):
    """A socket that connects to nobody else."""

    def connect(self, address):
        if address[0] not in ("127.0.0.1", "::1"):
            raise OSError(f"{address[0]} is not this machine")
        super().connect(address)


def no_names(host, *arguments, **named):
    if host != "127.0.0.1":
        raise OSError(f"{host} is not this machine")
    return resolved(host, *arguments, **named)


resolved, socket.getaddrinfo = socket.getaddrinfo, no_names
socket.socket = OnlyHere

from smsc import SMSC, FlashMessage, SMSMessage  # noqa: E402
from smsc.exceptions import SMSCException  # noqa: E402

logging.disable()
url, login, password, sender, calls = sys.argv[1:]
SMSC._url = url
client = SMSC(login=login, password=password, sender=sender)


def told(call, to, *given):
    if call in ("send", "cost"):
        message = (FlashMessage if "flash" in given[1:] else SMSMessage)(text=given[0])
        answer = client.send(to, message) if call == "send" else client.get_cost(to, message)
        known = {"count": answer.count, "cost": answer.cost, "error": answer.error}
        return known | ({"id": answer.message_id} if call == "send" else {})
    if call == "balance":
        answer = client.get_balance()
        return {"balance": answer.balance, "currency": answer.currency, "error": answer.error}
    return [
        {"status": one.status.status_id, "name": one.status.name, "last": str(one.data["last_date"]), **plain(one.data)}
        for one in client.get_status(to, given[0])
    ]


def plain(data):
    return {name: value for name, value in data.items() if not name.endswith("_date")}


for call, *given in json.loads(calls):
    try:
        print(json.dumps(told(call, *(given or [""]))))
    except SMSCException as error:
        print(json.dumps({"exception": type(error).__name__, "said": str(error)}))
