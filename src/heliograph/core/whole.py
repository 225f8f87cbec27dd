"""How a gateway of several nodes stands: what each says of itself, put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Told = Mapping[str, Any]

_SUMS: Final = ("accepted", "refused", "recovered", "faults", "watchers")
_LISTS: Final = ("http_urls", "smpp", "smtp")
_OF_CONNECTOR: Final = ("free", "under_way", "waiting_parts")


def together(me: int, told: Mapping[int, Told | None]) -> dict[str, object]:
    """The shape of `measures.status`, for all; in `nodes` what each has of its own. A node that said nothing is there,
    with `answered` false. What waits in the store is the same for all: as this node sees it."""
    answered = {node: one for node, one in sorted(told.items()) if one is not None}
    mine = answered[me]
    return {
        **mine,
        **{name: sum(one[name] for one in answered.values()) for name in _SUMS},
        **{name: [place for one in answered.values() for place in one[name]] for name in _LISTS},
        "ready": any(one["ready"] for one in answered.values()),
        "reasons": _by_node(answered, "reasons"),
        "reload_complaints": _by_node(answered, "reload_complaints"),
        "connectors": _connectors(answered.values()),
        "notices": _notices(answered.values()),
        "nodes": [{**row, **_of_node(row["id"], told)} for row in mine["nodes"]],
    }


def _by_node(answered: Mapping[int, Told], name: str) -> list[str]:
    return [f"node {node}: {sentence}" for node, one in answered.items() for sentence in one[name]]


def _of_node(node: int, told: Mapping[int, Told | None]) -> dict[str, object]:
    one = told.get(node)
    if one is None:
        return {"answered": False}
    links = [connector["name"] for connector in one["connectors"] if connector["connected"]]
    return {"answered": True, "ready": one["ready"], "accepted": one["accepted"], "connected": links}


def _connectors(answered: Iterable[Told]) -> list[dict[str, object]]:
    found: dict[str, dict[str, Any]] = {}
    for one in answered:
        for connector in one["connectors"]:
            known = found.setdefault(connector["name"], {**connector, **dict.fromkeys(_OF_CONNECTOR, 0)})
            known["connected"] |= connector["connected"]
            for name in _OF_CONNECTOR:
                known[name] += connector[name]
            known["more_in_store"] = sorted({*known["more_in_store"], *connector["more_in_store"]})
            if connector.get("habits"):
                known["habits"], known["proposal"] = connector["habits"], connector["proposal"]
    return list(found.values())


def _notices(answered: Iterable[Told]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in answered:
        for target, count in one["notices"].items():
            found[target] = found.get(target, 0) + count
    return found
