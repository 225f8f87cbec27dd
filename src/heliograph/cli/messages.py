"""`heliograph send · cancel · incoming · tail · trace`: messages."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, fields_of, follow, rows_of
from heliograph.cli.shell import (
    DONE,
    FAILED,
    AsJson,
    Config,
    Dir,
    installation_of,
    out,
    plain,
    print_json,
    print_rows,
)


def send(
    to: str,
    text: str,
    *more: str,
    login: Annotated[str, Parameter(help="Account that sends and pays.")],
    sender: Annotated[str, Parameter(help="Sender name, one of the account's.")],
    validity: Annotated[int | None, Parameter(help="Seconds it is worth trying.")] = None,
    folder: Dir = None,
    json: AsJson = False,
) -> int:
    """Send TEXT to a number (and to MORE of them) as an account would."""
    verb = verbs.Send(login, sender, [to, *more], text, validity)
    rows = rows_of(ask(installation_of(folder), verb, offline=False))
    columns = ("to", "id", "parts", "price", "refused", "detail")
    print_rows("Sent", columns, rows, as_json=json)
    return FAILED if any("refused" in row for row in rows) else DONE


def incoming(
    sender: str,
    to: str,
    text: str,
    *,
    connector: Annotated[str, Parameter(help="The simulated carrier it comes over.")],
    folder: Dir = None,
) -> None:
    """Let a handset (SENDER) of a simulated carrier text one of our numbers."""
    ask(installation_of(folder), verbs.Incoming(connector, sender, to, text), offline=False)
    out.print("It is on its way in.")


def incoming_call(sender: str, to: str, *, folder: Dir = None) -> None:
    """Report that SENDER has called TO, one of our numbers; it confirms the number of whoever was asked to call."""
    ask(installation_of(folder), verbs.IncomingCall(sender, to), offline=False)
    out.print("Taken.")


def cancel(id: int, *more: int, folder: Dir = None, json: AsJson = False) -> int:
    """Take back messages that have not left yet; ends with 1 if one of them could not be."""
    ids = [id, *more]
    answer = fields_of(ask(installation_of(folder), verbs.CancelMessages(ids), offline=False))
    cancelled = answer["cancelled"]
    assert isinstance(cancelled, list)
    if json:
        print_json(answer)
    else:
        out.print(f"Cancelled: {', '.join(map(str, cancelled)) or 'none'}.")
    return DONE if len(cancelled) == len(set(ids)) else FAILED


def trace(id: int, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Everything that happened to a message, and why."""
    answer = fields_of(ask(installation_of(folder), verbs.Trace(id), config=config))
    if json:
        print_json(answer)
        return
    sentences = answer["sentences"]
    assert isinstance(sentences, list)
    for sentence in sentences:
        out.print(plain(sentence), markup=False)


def tail(
    *,
    to: Annotated[str, Parameter(help="Only numbers that begin with this.")] = "",
    this_node: Annotated[bool, Parameter(help="Only what happens on the node of this folder.", negative="")] = False,
    folder: Dir = None,
    json: AsJson = False,
) -> None:
    """Watch messages as they are accepted and as they end; until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_tail(verbs.Tail(to, this_node), folder, json))


async def _tail(verb: verbs.Tail, folder: Dir, json: bool) -> None:
    async for answer in follow(installation_of(folder), verb):
        event = fields_of(answer)
        if json:
            print_json(event)
            continue
        at = datetime.fromtimestamp(int(str(event["at"])) / 1000, UTC)
        node = f"  node {event['node']}" if event["node"] else ""
        missed = f"  ({event['missed']} missed)" if event["missed"] else ""
        out.print(
            f"{at:%H:%M:%S.%f}"[:-3]
            + f"  {event['message_id']}  {event['state']:<14} {plain(event['sender'])} → {plain(event['recipient'])}"
            + f"  {event['connector']}{node}{missed}",
            markup=False,
        )
