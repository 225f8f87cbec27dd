"""Carriers that behave badly while a drill runs, each behind numbers of its own: R7 to R12.

A message belongs to the scenario whose numbers its recipient has; what becomes of it is the checker's to judge.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Weather(NamedTuple):
    """`prefix` are the numbers behind it, `config` the connectors and the route to them; `endings` of its numbers,
    empty: any. `centre`: the personality of a message centre by SMPP, whose port is `{port}` in `config`."""

    prefix: str
    config: str
    carriers: tuple[str, ...]
    endings: tuple[str, ...] = ()
    centre: str = ""


def _simulated(name: str, prefix: str, personality: str) -> str:
    return (
        f'[[connectors]]\nname = "{name}"\nkind = "simulated"\npersonality = "{personality}"\n'
        f'[[routes]]\nid = "{name}"\nconnectors = ["{name}"]\nprefixes = ["{prefix}"]\n'
    )


def _smpp(name: str, port: str, *, more: str = "", wait_s: int = 1) -> str:
    return (
        f'[[connectors]]\nname = "{name}"\nkind = "smpp"\nlate_answer_wait_s = {wait_s}\n'
        f'[connectors.smpp]\nhost = "127.0.0.1"\nport = {port}\nsystem_id = "drill"\npassword = "drill"\n'
        f"reconnect_least_s = 0.1\nreconnect_most_s = 0.5\n{more}\n"
    )


NOBODY: Final = "9"
"""A port of loopback where nobody listens."""

WEATHER: Final = {
    "R7": Weather("38091", _simulated("flapping", "38091", "flaps"), ("flapping",)),
    "R8": Weather(
        "38092",
        _smpp("half-open", "{port}", more="window = 50\nenquire_link_s = 0.4\nresponse_s = 0.4")
        + '[[routes]]\nid = "half-open"\nconnectors = ["half-open"]\nprefixes = ["38092"]\n',
        ("half-open",),
        centre="half_open",
    ),
    "R9": Weather(
        "38094",
        _smpp("late", "{port}", more="window = 200\nresponse_s = 1", wait_s=15)
        + '[[routes]]\nid = "late"\nconnectors = ["late"]\nprefixes = ["38094"]\nin_doubt = "hold"\n',
        ("late",),
        endings=("1", "2", "3", "4"),
        centre="late",
    ),
    "R10": Weather("38095", _simulated("throttling", "38095", "throttles"), ("throttling",)),
    "R11": Weather(
        "38066", _simulated("same-ids", "38066", "polite"), ("same-ids",), endings=("0016", "0017", "0017", "0017")
    ),
    "R12": Weather(
        "38099",
        _smpp("dead", NOBODY) + '[[routes]]\nid = "failover"\nconnectors = ["dead", "fast"]\nprefixes = ["38099"]\n',
        (),
    ),
}
"""Scenario → what it is like."""

SHARED: Final = Weather(
    "38093",
    _smpp("shared", "{port}", more="window = 50")
    + '[[routes]]\nid = "shared"\nconnectors = ["shared"]\nprefixes = ["38093"]\n',
    ("shared",),
    centre="hasty",
)
"""A carrier of several nodes, which allows one session."""
