"""One text to one number: python single.py NUMBER TEXT"""

import os
import sys
import urllib.parse
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN, TOKEN = os.environ["LOGIN"], os.environ["TOKEN"]
SENDER = os.environ.get("SENDER", "Heliograph")

if len(sys.argv) < 3:
    raise SystemExit("usage: python single.py NUMBER TEXT")
form = {"username": LOGIN, "token": TOKEN, "from": SENDER, "to": sys.argv[1], "text": sys.argv[2]}
request = urllib.request.Request(BASE + "/token/", urllib.parse.urlencode(form).encode())
with urllib.request.urlopen(request, timeout=30) as answer:
    told = answer.read().decode()
if "=IDS START=" not in told:
    raise SystemExit(told)
for line in told.split("<br/>")[1:-2]:
    print(f"accepted as {line}")
