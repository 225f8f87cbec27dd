"""A sub-client over `users.php`: made and changed by its owner, and a customer itself."""

from __future__ import annotations

from types import SimpleNamespace

from walks.smsc_customer import Customer

PASSWORD = "mypassword"


async def users(owner, fmt=1, **fields):
    return await owner.ask(
        "users", fmt=fmt, **{name.replace("__", "[") + "]" * ("__" in name): value for name, value in fields.items()}
    )


async def subclient(owner, login="mylogin", *, password=PASSWORD, **settings):
    """A new sub-client, as a customer."""
    made = await users(owner, add=1, user=login, password=password, **settings)
    assert made.isdigit(), made
    return Sub(owner.world, login, password)


class Sub(Customer):
    """A customer who calls with login and password."""

    def __init__(self, world, login, password):
        super().__init__(world, SimpleNamespace(login=login, password=password, apikey=""))

    async def ask(self, script, **fields):
        return await super().ask(script, **{"login": self.login, "psw": self.password, **fields})

    @property
    def account(self):
        return self.world.gateway.directory.by_login(self.login)
