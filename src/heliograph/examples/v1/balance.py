"""The balance: python balance.py"""

import json
import os
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


found = call("/balance")
print(found["balance"], found["currency"])
