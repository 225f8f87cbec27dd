"""The active sender names: python senders.py"""

import json
import os
import urllib.error
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
TOKEN = os.environ["TOKEN"]

request = urllib.request.Request(
    BASE + "/sms/originator",
    data=json.dumps({}).encode(),
    headers={"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)["success_request"]
except urllib.error.HTTPError as error:
    raise SystemExit(f"{error.code}: {json.load(error)['message']}") from None
print(*found["info"], sep="\n")
