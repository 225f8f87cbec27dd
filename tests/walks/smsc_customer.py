"""A customer of a running gateway who speaks SMSC's words over real sockets."""

from __future__ import annotations

from urllib.parse import urlencode

from heliograph.backoffice import verbs

SENDER = "VashZakaz"
PHONE = "380671234567"


class Customer:
    """Asks scripts with the credentials of one account."""

    def __init__(self, world, made):
        self.world = world
        self.login, self.password, self.apikey = made.login, made.password, made.apikey

    async def ask(self, script, *, charset="utf-8", **fields):
        """The text of an answer to a POST; None leaves a parameter out. The API key is used unless others are given."""
        given = {"charset": charset, **fields}
        if not {"login", "psw", "apikey"} & given.keys():
            given["apikey"] = self.apikey
        body = urlencode({k: v for k, v in given.items() if v is not None}, encoding=charset or "cp1251").encode()
        status, headers, answer = await self.post(f"/sys/{script}.php", body)
        assert status == 200, answer
        assert headers["Content-Type"].startswith(("text/", "application/json"))
        return answer.decode(charset or "cp1251")

    async def post(self, path, body=b"", *, method="POST", content_type="application/x-www-form-urlencoded", **headers):
        """Status, headers and body of an answer."""
        return await self.world.post(path, body, method=method, headers={"Content-Type": content_type, **headers})

    async def send(self, text="test", phones=PHONE, **fields):
        """Send; the answer of fmt 1."""
        return await self.ask("send", phones=phones, mes=text, fmt=1, sender=SENDER, **fields)

    async def sent(self, text="test", phones=PHONE, **fields):
        """Send; the message as the store has it."""
        answer = await self.send(text, phones, **fields)
        message_id = int(answer.split(",")[0])
        assert "-" not in answer, answer
        return await self.world.stored(message_id)


async def customer(world, login="client", *, money="100", sender=SENDER):
    """A fresh account."""
    made = await world.do(verbs.AccountCreate(login, "RUB"))
    if sender:
        await world.do(verbs.AccountSender(login, sender))
    if money:
        await world.do(verbs.AccountTopUp(login, money))
    return Customer(world, made)
