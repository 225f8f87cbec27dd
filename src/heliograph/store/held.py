"""Parts of long messages, parameters of SMPP and the result of an HLR query, as one column each, in either store."""

from __future__ import annotations

import json
from dataclasses import astuple

from heliograph.model.message import Network, OwnPart, PartOf


def segments_column(segments: tuple[bytes, ...]) -> bytes | None:
    """Each with its length in two octets before it."""
    return b"".join([len(segment).to_bytes(2, "big") + segment for segment in segments]) or None


def parameters_column(parameters: tuple[tuple[int, bytes], ...]) -> bytes | None:
    """As they travel: tag and length in two octets each, then the value."""
    octets = [tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value for tag, value in parameters]
    return b"".join(octets) or None


def parameters_of(column: bytes | None) -> tuple[tuple[int, bytes], ...]:
    """The parameters that stand in a column."""
    parameters: list[tuple[int, bytes]] = []
    place = 0
    while column and place < len(column):
        start = place + 4
        tag = int.from_bytes(column[place : place + 2], "big")
        place = start + int.from_bytes(column[place + 2 : start], "big")
        parameters.append((tag, column[start:place]))
    return tuple(parameters)


def segments_of(column: bytes | None) -> tuple[bytes, ...]:
    """The segments that stand in a column."""
    segments: list[bytes] = []
    place = 0
    while column and place < len(column):
        start = place + 2
        place = start + int.from_bytes(column[place:start], "big")
        segments.append(column[start:place])
    return tuple(segments)


def part_text(part: PartOf | None) -> str:
    """Its fields, a blank between them; "" for none."""
    return "" if part is None else f"{part.reference} {part.total} {part.number} {part.duplicate_window_s}"


def part_of(text: str) -> PartOf | None:
    """The part that stands in a column."""
    if not text:
        return None
    reference, total, number, duplicate_window_s = text.split(" ")
    return PartOf(reference, int(total), int(number), int(duplicate_window_s))


def own_parts_text(parts: tuple[OwnPart, ...]) -> str:
    """One a line."""
    return "\n".join([f"{part.id} {part.accepted_at} {part.shown_id} {part.target}" for part in parts])


def own_parts_of(text: str) -> tuple[OwnPart, ...]:
    """The parts that stand in a column."""
    fields = [line.split(" ", 3) for line in text.split("\n")] if text else []
    return tuple([OwnPart(int(part_id), int(at), shown_id, target) for part_id, at, shown_id, target in fields])


def network_text(network: Network | None) -> str | None:
    """The result of an HLR query as a column: a JSON list of its fields in order."""
    return None if network is None else json.dumps(astuple(network), ensure_ascii=False)


def network_of(text: str) -> Network:
    """The result that stands in a column."""
    return Network(*json.loads(text))
