"""One text to several numbers, an id for each: python mass.py TEXT NUMBER..."""

import json
import os
import sys
import urllib.error
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
TOKEN = os.environ["TOKEN"]
SENDER = os.environ.get("SENDER", "Heliograph")

if len(sys.argv) < 3:
    raise SystemExit("usage: python mass.py TEXT NUMBER...")
request = urllib.request.Request(
    BASE + "/sms/send",
    data=json.dumps({"src_addr": SENDER, "phone": sys.argv[2:], "message": sys.argv[1]}).encode(),
    headers={"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)["success_request"]
except urllib.error.HTTPError as error:
    raise SystemExit(f"{error.code}: {json.load(error)['message']}") from None
for message_id, number in found.get("info", {}).items():
    print(f"{number}: accepted as {message_id}")
for number, reason in found.get("add_info", {}).items():
    print(f"{number}: refused, {reason}")
