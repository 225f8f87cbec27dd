"""The drill's customer by SMTP: mails with a command, one connection for each worker of the load."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Final

_PATIENCE_S: Final = 10.0


async def send_mail(host: str, port: int, apikey: str, sender: str, recipient: str, text: str) -> int | None:
    """The code a mail is answered with; None if no answer came."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "drill@drill.example", "send@drill.example"
    mail.set_content(f":{apikey}:::,,{sender}:{recipient}:{text}", charset="utf-8", cte="base64")
    return await asyncio.to_thread(_send, host, port, mail.as_bytes())


def _send(host: str, port: int, mail: bytes) -> int | None:
    try:
        with smtplib.SMTP(host, port, local_hostname="drill", timeout=_PATIENCE_S) as smtp:
            smtp.sendmail("drill@drill.example", ["send@drill.example"], mail)
    except smtplib.SMTPDataError as refusal:
        return refusal.smtp_code
    except (OSError, smtplib.SMTPException):
        return None
    return 250
