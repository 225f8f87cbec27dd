"""`heliograph probe`: finds out how a message centre behaves, and writes down the settings that suit it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.shell import DONE, FAILED, AsJson, err, out, print_json
from heliograph.cli.smpp.findings import Findings, own_profile, profile, report
from heliograph.cli.smpp.peer import Address, Authorities, Password, Peer, SystemId, SystemType, Tls, peer_of
from heliograph.cli.smpp.questions import Probe


def probe(
    address: Address,
    *,
    system_id: SystemId = "",
    password: Password = "",
    system_type: SystemType = "",
    to: Annotated[
        str, Parameter(help="A number of yours: some 15 real messages go to it. None = nothing is sent.")
    ] = "",
    sender: Annotated[str, Parameter(help="Who they are from.")] = "",
    burst: Annotated[int, Parameter(help="Further messages for each window tried; 0 = no speed is measured.")] = 0,
    wait: Annotated[float, Parameter(help="Seconds to wait for receipts at the end.")] = 15.0,
    folder: Annotated[
        Path, Parameter(name="--out", help="Folder for the connector and the profile (TOML) and the report.")
    ] = Path(),
    tls: Tls = False,
    authorities: Authorities = None,
    json: AsJson = False,
) -> int:
    """Bind, ask, and write a profile for a connector and a readable report about a message centre."""
    peer = peer_of(address, system_id, password, system_type, tls=tls, authorities=authorities)
    say = (lambda line: None) if json else (lambda line: err.print(line, style="dim", markup=False))
    found = asyncio.run(Probe(peer, sender, to, max(burst, 0), wait, say).run())
    paths = _write(found, peer, folder)
    if json:
        derived = {"bind": found.bind, "id_rule": found.id_rule, "window": found.window, "per_second": found.per_second}
        print_json({**asdict(found), **derived, "files": [str(path) for path in paths]})
    else:
        for line in report(found):
            out.print(line, markup=False)
        out.print(f"\nwritten: {', '.join(map(str, paths))}", markup=False)
    return DONE if found.bind is not None else FAILED


def _write(found: Findings, peer: Peer, folder: Path) -> list[Path]:
    name = re.sub(r"[^A-Za-z0-9]+", "-", peer.host).strip("-").lower() or "carrier"
    texts = {
        folder / f"{name}-{peer.port}.toml": profile(found, peer.host, peer.port, tls=peer.tls, name=name),
        folder / f"{name}-{peer.port}.md": "\n".join([*report(found), ""]),
        folder / "profiles" / f"{name}-{peer.port}.toml": own_profile(found),
    }
    try:
        (folder / "profiles").mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, "utf-8")
    except OSError as error:
        raise NotPossible(f"the report cannot be written: {error}") from None
    return list(texts)
