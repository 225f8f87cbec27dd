"""Send messages by one call. Settings are the upper-case names; set them here, from the program, or by the environment.

    from smsc_api import send_sms, get_sms_cost, get_status, get_balance, send_sms_mail

    message_id, parts, cost, balance = send_sms("380671234567", "Hello")

Every call raises `SmscError` with the service's own error number. Standard library only.
"""

import os
import smtplib
import sys
import urllib.parse
import urllib.request
from email.message import EmailMessage

BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
LOGIN = os.environ.get("LOGIN", "")  # leave it empty to use an API key as the password
PASSWORD = os.environ.get("PSW") or os.environ.get("APIKEY", "")
POST = True  # GET is for short texts only
CHARSET = "utf-8"  # or windows-1251, koi8-r
TIMEOUT_S = 30
DEBUG = False
SMTP_HOST, SMTP_PORT = os.environ.get("SMTP_HOST", "127.0.0.1"), int(os.environ.get("SMTP_PORT", "2525"))
SMTP_FROM = "api@example.com"

ERRORS = {
    1: "parameters", 2: "login, password or address", 3: "no money, or nothing found", 4: "address blocked",
    5: "date", 6: "message denied", 7: "number", 8: "cannot be delivered", 9: "the same request again",
}  # fmt: skip


class SmscError(Exception):
    """The service said no; `number` says why."""

    def __init__(self, number):
        super().__init__(f"error {number}: {ERRORS.get(number, 'see the documentation of the call')}")
        self.number = number


def send_sms(phones, text, *, sender="", message_id="", time="", translit=0, flash=False, **more):
    """Send; (id, parts, cost, balance). `phones` are comma-separated; `more` are parameters of send.php."""
    given = {"phones": phones, "mes": text, "cost": 3, "sender": sender, "id": message_id, "time": time}
    values = _ask("send", given | {"translit": translit, "flash": int(flash)} | more)
    return values[0], int(values[1]), values[2], values[3]


def get_sms_cost(phones, text, *, sender="", **more):
    """What sending would cost, sending nothing: (cost, parts)."""
    cost, parts = _ask("send", {"phones": phones, "mes": text, "cost": 1, "sender": sender} | more)
    return cost, int(parts)


def get_status(message_id, phone, *, details=False):
    """(status, Unix time of it, error); with details what the service knows besides, in its order."""
    values = _ask("status", {"phone": phone, "id": message_id, "all": int(details)})
    return (int(values[0]), int(values[1]), int(values[2] or 0), *values[3:])


def get_balance():
    """What is left, as the service writes it."""
    return _ask("balance", {})[0]


def send_sms_mail(phones, text, *, sender="", message_id="", time="", translit=0, kind=0):
    """Send by a mail to the gateway's SMTP door; nothing is known of it but that it was taken."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SMTP_FROM, "send@send.localhost", ""
    fields = (LOGIN, PASSWORD, message_id, time, f"{translit},{kind},{sender}", phones, text)
    mail.set_content(":".join(map(str, fields)), charset=CHARSET, cte="8bit")
    with smtplib.SMTP(SMTP_HOST, SMTP_PORT, timeout=TIMEOUT_S) as connection:
        connection.send_message(mail)


def _ask(script, given):
    """The values of an answer in format 1: a negative second value is an error."""
    known = {"login": LOGIN, "psw": PASSWORD} if LOGIN else {"apikey": PASSWORD}
    given = {name: value for name, value in given.items() if value not in ("", None)}
    form = urllib.parse.urlencode({**known, **given, "fmt": 1, "charset": CHARSET}, encoding=CHARSET)
    url = f"{BASE}/sys/{script}.php"
    request = urllib.request.Request(url, form.encode()) if POST else urllib.request.Request(f"{url}?{form}")
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        body = answer.read().decode(CHARSET)
    if DEBUG:
        print(script, body, file=sys.stderr)
    values = body.strip().split(",")
    if len(values) > 1 and values[1].startswith("-") and values[1][1:].isdigit():
        raise SmscError(int(values[1][1:]))
    return values
