"""One text to one number: python single.py NUMBER TEXT"""

import os
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN, PASSWORD = os.environ["LOGIN"], os.environ["PASSWORD"]
SENDER = os.environ.get("SENDER", "Heliograph")

if len(sys.argv) < 3:
    raise SystemExit("usage: python single.py NUMBER TEXT")
values = {"username": LOGIN, "password": PASSWORD}
values |= {"from": SENDER, "to": sys.argv[1], "text": sys.argv[2]}
document = ElementTree.Element("request_sendsms")
for name, value in values.items():
    ElementTree.SubElement(document, name).text = value
request = urllib.request.Request(BASE + "/xml/", ElementTree.tostring(document, "utf-8"))
with urllib.request.urlopen(request, timeout=30) as answer:
    told = ElementTree.fromstring(answer.read())
if told.findtext("status") != "OK":
    raise SystemExit(told.findtext("text"))
for mess in told.iter("mess"):
    print(f"{mess.get('tel')}: accepted as {mess.text}")
