"""What became of messages: python statuses.py ID..."""

import os
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN, PASSWORD = os.environ["LOGIN"], os.environ["PASSWORD"]

if len(sys.argv) < 2:
    raise SystemExit("usage: python statuses.py ID...")
values = {"username": LOGIN, "password": PASSWORD}
values |= {"smscid": ";".join(sys.argv[1:])}
document = ElementTree.Element("request_getstate")
for name, value in values.items():
    ElementTree.SubElement(document, name).text = value
request = urllib.request.Request(BASE + "/xml/state.php", ElementTree.tostring(document, "utf-8"))
with urllib.request.urlopen(request, timeout=30) as answer:
    told = ElementTree.fromstring(answer.read())
if told.findtext("status") != "OK":
    raise SystemExit(told.findtext("text"))
for entry in told.iter("entry"):
    print(f"{entry.findtext('smscid')}: {entry.findtext('state')}")
