"""What became of messages: python statuses.py ID..."""

import json
import os
import sys
import urllib.error
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
TOKEN = os.environ["TOKEN"]

if len(sys.argv) < 2:
    raise SystemExit("usage: python statuses.py ID...")
request = urllib.request.Request(
    BASE + "/sms/status",
    data=json.dumps({"id_sms": sys.argv[1:]}).encode(),
    headers={"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)["success_request"]
except urllib.error.HTTPError as error:
    raise SystemExit(f"{error.code}: {json.load(error)['message']}") from None
for message_id, state in found.get("info", {}).items():
    print(f"{message_id}: {state}")
