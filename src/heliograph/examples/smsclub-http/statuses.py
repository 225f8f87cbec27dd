"""What became of messages: python statuses.py ID..."""

import os
import sys
import urllib.parse
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN, TOKEN = os.environ["LOGIN"], os.environ["TOKEN"]

if len(sys.argv) < 2:
    raise SystemExit("usage: python statuses.py ID...")
form = {"username": LOGIN, "token": TOKEN, "smscid": ";".join(sys.argv[1:])}
request = urllib.request.Request(BASE + "/token/state.php", urllib.parse.urlencode(form).encode())
with urllib.request.urlopen(request, timeout=30) as answer:
    told = answer.read().decode()
if "=IDS START=" not in told:
    raise SystemExit(told)
for line in told.split("<br/>")[1:-2]:
    print(line)
