"""A handler from the command line: real processes, a real folder."""

from __future__ import annotations

import pytest

from cli.test_commands import answer, folder, run

__all__ = ["folder"]


@pytest.mark.covers_part(131, 142)
def test_a_handler_is_set_shown_and_switched_off_and_its_failed_calls_are_asked_for(folder):
    run("migrate", "--dir", folder)
    answer("account", "create", "shop", "--dir", folder)
    address = "https://shop.example/h?charset=utf-8&md5=hidden-word"
    made = answer("account", "handler", "shop", address, "--event", "incoming", "--window", "2", "--dir", folder)
    assert made["handler"] == {
        "id": 1,
        "url": "https://shop.example/h?charset=utf-8",
        "signed_by": ["md5"],
        "events": ["incoming"],
    }
    assert "Latin letters" in run(
        "account", "handler", "shop", "https://shop.example/?md5=a.b", "--dir", folder, code=1
    )
    shown = run("account", "show", "shop", "--dir", folder)
    assert "https://shop.example/h?charset=utf-8" in shown
    assert "hidden-word" not in shown
    assert answer("account", "failed", "shop", "--dir", folder) == []
    assert answer("account", "replay", "shop", "--dir", folder) == {"replayed": 0, "endpoint_gone": 0}
    assert answer("account", "handler", "shop", "", "--dir", folder) == {"handler": None}
