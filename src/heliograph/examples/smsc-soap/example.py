"""Each task in one line, by SOAP:

python example.py send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance
"""

import os
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
WHO = {"login": os.environ["LOGIN"], "psw": os.environ["PASSWORD"]}
SENDER = os.environ.get("SENDER", "Heliograph")


def ask(operation, **fields):
    """What is told of an operation, by name; of several numbers the first."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in {**WHO, **fields}.items())
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f"<{operation}>{inside}</{operation}></e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    request = urllib.request.Request(f"{BASE}/sys/soap.php", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        tree = ElementTree.fromstring(answer.read())
    told = {}
    for element in tree.iter():
        told.setdefault(element.tag.rpartition("}")[2], element.text or "")
    if told.get("error", "0") not in ("", "0"):
        raise SystemExit(f"error {told['error']}")
    return told


task, *words = sys.argv[1:] or ["help"]
if task == "send":
    told = ask("send", phones=words[0], mes=words[1], sender=SENDER)
    print(f"accepted as {told['id']}: {told['cnt']} parts for {told['cost']}, {told['balance']} left")
elif task == "cost":
    told = ask("cost", phones=words[0], mes=words[1])
    print(f"{told['cnt']} parts for {told['cost']}")
elif task == "status":
    told = ask("status", id=words[0], phone=words[1], all="1")
    print(f"status {told['status']}: {told['status_name']}")
elif task == "balance":
    print(ask("balance")["balance"])
else:
    raise SystemExit(__doc__)
