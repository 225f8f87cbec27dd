"""Sub-clients from the command line: real processes, a real folder."""

from __future__ import annotations

from cli.test_commands import answer, folder, run

__all__ = ["folder"]


def test_a_sub_client_is_made_paid_blocked_and_counted(folder):
    run("migrate", "--dir", folder)
    answer("account", "create", "shop", "--dir", folder)
    answer("account", "top-up", "shop", "100", "--dir", folder)
    made = answer(
        "subclients", "add", "shop", "branch", "--password", "mypassword", "--owners-senders", "--dir", folder
    )
    assert made == {
        "id": 2,
        "login": "branch",
        "type": 0,
        "balance": "0.000000",
        "currency": "UAH",
        "blocked": False,
        "deleted": False,
    }
    assert answer("subclients", "pay", "shop", "branch", "12.5", "--dir", folder)["balance"] == "12.500000"
    assert "does not reach" in run("subclients", "pay", "shop", "branch", "-12.6", "--dir", folder, code=1)
    assert answer("subclients", "block", "shop", "branch", "--dir", folder)["blocked"] is True
    assert answer("subclients", "show", "shop", "branch", "--dir", folder)["flags"] == ["owners-senders", "blocked"]
    assert "no sub-client" in run("subclients", "show", "shop", "shop", "--dir", folder, code=1)
    assert answer("subclients", "stats", "shop", "2020-01-01", "--dir", folder) == [
        {"login": "branch", "messages": 0, "got": "12.500000", "spent": "0.000000", "currency": "UAH"}
    ]
