"""Which national tables an account may use is the operator's to say, with a gateway running or not."""

from __future__ import annotations

import json

import pytest

from heliograph.cli.shell import DONE, MISUSED
from heliograph.cli.shell import run as carry_out


@pytest.fixture
def answer(capsys, tmp_path):
    def call(*words, code=DONE):
        import heliograph.cli  # noqa: F401 - its modules add the commands

        assert carry_out([*words, "--dir", str(tmp_path)]) == code, capsys.readouterr().err
        return capsys.readouterr().out

    call("migrate")
    call("account", "create", "shop")
    return call


def national(answer):
    return json.loads(answer("account", "show", "shop", "--json"))["settings"]["national"]


def test_languages_are_named_kept_and_taken_away(answer):
    assert national(answer) == []
    answer("account", "limits", "shop", "--national", "turkish", "--national", "hindi")
    assert national(answer) == [1, 6]
    answer("account", "limits", "shop", "--speed", "10")
    assert national(answer) == [1, 6]
    answer("account", "limits", "shop", "--no-national")
    assert national(answer) == []


def test_a_language_that_has_no_tables_is_not_understood(answer):
    answer("account", "limits", "shop", "--national", "klingon", code=MISUSED)
    assert national(answer) == []
