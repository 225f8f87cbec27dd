"""SMSC's `wait_call.php`: the number to be called, in four formats (smsc-directory.md 10)."""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Style,
    block,
    elements,
    finish,
    json_member,
    json_object,
    pairs,
)


def wait_call_answer(style: Style, number: str, numbers: Sequence[str]) -> Answer:
    """`number` is the one to call; `numbers` are all there are, which only JSON tells."""
    if style.fmt is Format.JSON:
        quoted = ", ".join(f'"{one}"' for one in numbers)
        return finish(style, json_object([("phone", number)], [json_member("all_phones", f"[{quoted}]")]))
    if style.fmt is Format.XML:
        return finish(style, block("result", elements([("phone", number)])))
    return finish(style, number if style.fmt is Format.CSV else pairs([("PHONE", number)]))
