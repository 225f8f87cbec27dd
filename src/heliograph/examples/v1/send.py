"""One text to one number: python send.py NUMBER TEXT [KEY]"""

import json
import os
import sys
import urllib.error
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
TOKEN = os.environ["TOKEN"]


def call(path, body=None, **headers):
    """One call; what went wrong is said in its own words."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json", **headers}
    request = urllib.request.Request(BASE + "/v1" + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(f"{error.code} {problem['code']}: {problem.get('detail', problem['title'])}") from None


if len(sys.argv) < 3:
    raise SystemExit("usage: python send.py NUMBER TEXT [KEY]")
# With a key the same request, sent again, is answered with the same message and sends nothing.
key = {"Idempotency-Key": sys.argv[3]} if len(sys.argv) > 3 else {}
sent = call("/messages", {"from": os.environ.get("SENDER"), "to": sys.argv[1], "text": sys.argv[2]}, **key)
for one in sent["messages"]:
    print(f"{one['to']}: {one['state']} as {one['id']}, {one['price']} {sent['currency']}")
