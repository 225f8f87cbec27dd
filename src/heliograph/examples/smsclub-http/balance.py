"""What is left, and the credit: python balance.py"""

import os
import urllib.parse
import urllib.request

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN, TOKEN = os.environ["LOGIN"], os.environ["TOKEN"]

form = {"username": LOGIN, "token": TOKEN}
request = urllib.request.Request(BASE + "/token/getbalance.php", urllib.parse.urlencode(form).encode())
with urllib.request.urlopen(request, timeout=30) as answer:
    told = answer.read().decode()
balance, _, credit = told.partition("<br/>")
if not credit:
    raise SystemExit(told)
print(f"{balance} left, credit {credit}")
