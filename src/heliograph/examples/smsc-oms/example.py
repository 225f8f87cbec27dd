"""Each task in one line, by OMS, the service Outlook sends through:

python example.py send TEXT NUMBER [NUMBER ...] | check | info
"""

import os
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
NAMESPACE = "http://schemas.microsoft.com/office/Outlook/2006/OMS"


def ask(method, argument="", document=""):
    """The document that answers a method; documents travel as text."""
    inside = f"<{argument}>{escape(document)}</{argument}>" if argument else ""
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<{method} xmlns="{NAMESPACE}">{inside}</{method}></e:Body></e:Envelope>'
    )
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    request = urllib.request.Request(f"{BASE}/sys/oms.asmx", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        tree = ElementTree.fromstring(answer.read())
    return ElementTree.fromstring(next(tree.iter(f"{{{NAMESPACE}}}{method}Result")).text)


def user():
    """Who asks, as both kinds of document have it."""
    login, password = escape(os.environ["LOGIN"]), escape(os.environ["PASSWORD"])
    return f"<userId>{login}</userId><password>{password}</password>"


def must_be_ok(document):
    """End the program if the service says that something is wrong."""
    error = next(document.iter(f"{{{NAMESPACE}}}error"))
    if error.get("code") != "ok":
        raise SystemExit(f"error {error.get('code')}: {' '.join(error.itertext())}")


task, *words = sys.argv[1:] or ["help"]
if task == "send":
    text, *numbers = words
    to = "".join(f"<recipient>{escape(number)}</recipient>" for number in numbers)
    must_be_ok(
        ask(
            "DeliverXms",
            "xmsData",
            f"<xmsData><user>{user()}</user><xmsHead><requiredService>SMS_SENDER</requiredService><to>{to}</to></xmsHead>"
            f'<xmsBody format="SMS"><content>{escape(text)}</content></xmsBody></xmsData>',
        )
    )
    print(f"accepted for {len(numbers)} numbers")
elif task == "check":
    must_be_ok(ask("GetUserInfo", "xmsUser", f"<xmsUser>{user()}</xmsUser>"))
    print("login and password are right")
elif task == "info":
    print(next(found.text for found in ask("GetServiceInfo").iter() if found.tag.endswith("}serviceUri")))
else:
    raise SystemExit(__doc__)
