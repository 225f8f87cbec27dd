"""`heliograph pdu`: PDUs of SMPP, from hex or from a capture file, in words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from heliograph.channels.sms.received import receive, text_of
from heliograph.cli.shell import DONE, FAILED, MISUSED, AsJson, err, out, print_json
from heliograph.protocols import pcap
from heliograph.protocols.smpp import recorded, tlv
from heliograph.protocols.smpp.described import Described, described
from heliograph.protocols.smpp.framing import Framer
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, ReplaceSm, SubmitMulti, SubmitSm
from heliograph.protocols.smpp.recorded import Recorded

UDH_INDICATOR = 0x40
LATIN_1 = 3
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")


def pdu(
    what: Annotated[
        str, Parameter(help="A capture file, hex, or `-`: hex on standard input.", allow_leading_hyphen=True)
    ],
    *,
    name: Annotated[str, Parameter(help="Only PDUs of this name, such as deliver_sm; of a capture file.")] = "",
    alphabet: Annotated[Literal["gsm", "latin-1"], Parameter(help="What data_coding 0 means.")] = "gsm",
    hexadecimal: Annotated[bool, Parameter(name="--hex", negative="", help="The octets too.")] = False,
    json: AsJson = False,
) -> int:
    """Show PDUs of SMPP in words: every field and parameter, status and text. Passwords are left out."""
    path = Path(what)
    try:
        if what != "-" and path.is_file():
            found = recorded.pdus(pcap.read(path.read_bytes()))
        else:
            found = iter(_from_hex(sys.stdin.read() if what == "-" else what))
        for one in found:
            seen = described(one.octets) if one.broken is None else None
            if name and (seen is None or seen.name != name):
                continue
            if json:
                print_json(_as_json(one, seen, alphabet, with_octets=hexadecimal))
            else:
                _print(one, seen, alphabet, with_octets=hexadecimal)
    except _NotHex:
        err.print("this is neither a file nor hex", style="red")
        return MISUSED
    except (pcap.BadCapture, OSError) as error:
        err.print(str(error), style="red", markup=False)
        return FAILED
    return DONE


class _NotHex(ValueError):
    """The argument is no hex."""


_NOWHERE = pcap.Endpoint("", 0)


def _from_hex(text: str) -> Iterator[Recorded]:
    digits = _NOT_HEX.sub("", text.replace("0x", ""))
    if not digits or len(digits) % 2 or re.search(r"[g-wyz]", text.lower()):
        raise _NotHex
    octets = bytes.fromhex(digits)
    framer = Framer()
    for cut in framer.feed(octets):
        yield Recorded(0, _NOWHERE, _NOWHERE, cut)
    if framer.broken is not None:
        yield Recorded(0, _NOWHERE, _NOWHERE, b"", framer.broken)
    elif framer.waiting:
        yield Recorded(0, _NOWHERE, _NOWHERE, octets[-framer.waiting :])


def text_in(seen: Described, alphabet: str) -> str:
    """The text of a PDU that carries one, as a handset or we would read it; "" for others."""
    pdu = seen.pdu
    if not isinstance(pdu, SubmitSm | DeliverSm | DataSm | SubmitMulti | ReplaceSm):
        return ""
    octets = b"" if isinstance(pdu, DataSm) else pdu.short_message
    octets = octets or tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) or b""
    data_coding = 0 if isinstance(pdu, ReplaceSm) else pdu.data_coding
    if data_coding == 0 and alphabet == "latin-1":
        data_coding = LATIN_1
    has_header = not isinstance(pdu, ReplaceSm) and bool(pdu.esm_class & UDH_INDICATOR)
    return text_of([receive(octets, data_coding, has_header=has_header)])


def _print(one: Recorded, seen: Described | None, alphabet: str, *, with_octets: bool) -> None:
    where = f"{_when(one.at)}  {_ends(one)}  " if one.at else ""
    if seen is None:
        assert one.broken is not None
        out.print(f"{where}not SMPP from here on: {one.broken.why}", markup=False, style="red")
        return
    status = f"  {seen.status}" if seen.status else ""
    out.print(f"{where}{seen.name} #{seen.sequence_number}{status}", markup=False, style="bold")
    rows = [*seen.fields, *seen.parameters]
    if text := text_in(seen, alphabet):
        rows.append(("text", text))
    if seen.why:
        rows.append(("cannot be read", seen.why))
    if with_octets:
        rows.append(("octets", one.octets.hex()))
    for label, value in rows:
        out.print(f"    {label:<24} {value}", markup=False)


def _as_json(one: Recorded, seen: Described | None, alphabet: str, *, with_octets: bool) -> dict[str, object]:
    made: dict[str, object] = (
        {"at": one.at, "from": _named(one.source), "to": _named(one.destination)} if one.at else {}
    )
    if seen is None:
        return made | {"broken": one.broken.why if one.broken is not None else ""}
    made |= {
        "name": seen.name,
        "sequence_number": seen.sequence_number,
        "status": seen.status,
        "fields": dict(seen.fields),
        "parameters": [{"name": label, "value": value} for label, value in seen.parameters],
        "text": text_in(seen, alphabet),
    }
    if seen.why:
        made["why"] = seen.why
    return made | {"octets": one.octets.hex()} if with_octets else made


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ends(one: Recorded) -> str:
    return f"{_named(one.source)} → {_named(one.destination)}"


def _named(end: pcap.Endpoint) -> str:
    return f"{end.host}:{end.port}"
