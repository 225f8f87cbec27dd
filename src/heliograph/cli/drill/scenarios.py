"""The scenarios of the fault harness by name: what each does, in a line, and where it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from heliograph.cli.drill import acts, customers, depth, disk, nodes
from heliograph.cli.drill.weather import WEATHER

if TYPE_CHECKING:
    from heliograph.cli.drill.run import Drill

Act = Callable[["Drill"], Awaitable[None]]


class Scenario(NamedTuple):
    """`about` in a line; `act`: what is done to the gateway under load, None where a carrier does it (`WEATHER`);
    `needs_file`: it is about the files of SQLite, or one process that owns them; `needs_nodes`: about several
    processes on one database."""

    about: str
    act: Act | None = None
    needs_file: bool = False
    needs_nodes: bool = False


SCENARIOS: Final[dict[str, Scenario]] = {
    "R1": Scenario("the gateway is killed at random moments", acts.killed),
    "R2": Scenario("the gateway dies at each commit point", acts.dies_at_commit_points),
    "R3": Scenario(
        "what lies in the folder at one moment has all that was answered before it", acts.photographed, needs_file=True
    ),
    "R4": Scenario(
        "no file may grow: nothing is accepted, nothing accepted is lost, it recovers", disk.full, needs_file=True
    ),
    "R5": Scenario("the store is locked, or its server gone: nothing is accepted without it", disk.store_out),
    "R6": Scenario("the write-ahead log ends in a torn group after a kill", disk.torn, needs_file=True),
    "R7": Scenario("a carrier whose link comes and goes"),
    "R8": Scenario("a carrier whose link goes dead without a word"),
    "R9": Scenario("a carrier that answers after its time, on a route that never resends"),
    "R10": Scenario("a carrier that throttles above twenty parts a second"),
    "R11": Scenario("a carrier that gives everybody the same id, or none"),
    "R12": Scenario("the first carrier of a route is dead"),
    "R20": Scenario("the SMPP customer is away and comes back for its receipts", customers.away),
    "R21": Scenario("receipts come over another bind than the one that submitted", customers.another_bind),
    "R22": Scenario("the callback endpoint is down, then back", customers.endpoint_down),
    "R24": Scenario("the host is suspended while messages are under way", acts.suspended),
    "R25": Scenario("the same request a hundred times at once is one message", customers.same_request),
    "R26": Scenario("the same key with another body is refused and sends nothing", customers.same_key),
    "R27": Scenario("a mailing whose gateway is killed comes to each recipient once", customers.mailing),
    "R28": Scenario("five hundred sends at once with money for a hundred", customers.last_coin),
    "R29": Scenario("another account floods, and this one is served all the same", customers.noisy_neighbour),
    "R32": Scenario("a gateway starts with very many waiting messages", depth.waiting),
    "R33": Scenario("a backup taken under load has all that was accepted before it", acts.backed_up),
    "R34": Scenario(
        "a second gateway is refused, and takes over when the first is killed", acts.taken_over, needs_file=True
    ),
    "N1": Scenario("one of several nodes is killed", nodes.killed, needs_nodes=True),
    "N2": Scenario("one of several nodes stands still, and wakes", nodes.stands_still, needs_nodes=True),
    "N3": Scenario("one of several nodes is cut off from the database", nodes.cut_off, needs_nodes=True),
    "N4": Scenario("all nodes are restarted in turn", nodes.restarted_in_turn, needs_nodes=True),
    "R35": Scenario("the gateway is told to stop under load: nothing is left in doubt", acts.stopped),
}

assert WEATHER.keys() <= SCENARIOS.keys()
