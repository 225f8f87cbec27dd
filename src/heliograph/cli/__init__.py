"""The command line of Heliograph: `heliograph demo`, `serve`, `account`, `send`, `trace` and the others.

Commands that watch or change a running gateway speak to its control socket; without one, those that can open the
store themselves (decisions.md 9). Exit codes: 0 done, 1 could not be done, 2 not understood, 78 configuration.
"""

from __future__ import annotations

import sys
from typing import Final

from heliograph.cli.shell import app, run

COMMANDS: Final = (
    ("account", "account:account", "Customers: create, pay in, limits, senders, tokens, callbacks."),
    ("alarm", "alarms:alarm", "Event notifications: who is told when something fails or works again."),
    (
        "backup",
        "backup:backup",
        "Copy store, key and configuration into a folder, beside a working gateway or without one, and check "
        "the copy.\n\n"
        "All that was accepted before it began is in it.",
    ),
    (
        "cancel",
        "messages:cancel",
        "Take back messages that have not left yet; ends with 1 if one of them could not be.",
    ),
    ("census", "operation:census", "How many messages there are in each state."),
    (
        "check",
        "operation:check",
        "Recompute every balance from ledger and messages and compare; ends with 1 if anything differs.",
    ),
    (
        "check-config",
        "configuration:check_config",
        "Say whether `serve` could start with this configuration, and if not, everything that is wrong with "
        "it.\n\n"
        "A certificate that customers would refuse today is wrong too; one that expires soon is warned of, "
        "and so are secrets that travel in the clear.",
    ),
    ("contacts", "contacts:contacts", "Contacts of a customer: from a table, to a table."),
    (
        "count",
        "count:count",
        "Count the parts of TEXT (`-` = of standard input) as they would be sent and charged.\n\n"
        "Names the characters that force Unicode, shows where the parts end, and each way of writing that "
        "takes fewer parts.",
    ),
    ("demo", "demo:demo", "Run a gateway with simulated carriers and a sample account, ready to be used."),
    (
        "drill",
        "drill:drill",
        "Disturb a gateway under load and check that every accepted message, receipt, callback and coin is "
        "accounted for.\n\n"
        "Without a scenario it is killed at random moments, or at failpoints.",
    ),
    (
        "examples",
        "examples:examples",
        "Write sample programs for each interface, in Python, PHP, JavaScript and shell, into a new folder.",
    ),
    (
        "explain-config",
        "configuration:explain_config",
        "Every setting with its type, default and meaning; with FIELD only those whose name begins so.",
    ),
    ("handset", "carrier:handset", "Let a handset of a simulated carrier write a text; a long one comes in parts."),
    ("incoming", "messages:incoming", "Let a handset (SENDER) of a simulated carrier text one of our numbers."),
    (
        "incoming-call",
        "messages:incoming_call",
        "Report that SENDER has called TO, one of our numbers; it confirms the number of whoever was asked to call.",
    ),
    ("jobs", "contacts:jobs", "Mailings of a customer: how they stand; pause, resume, cancel."),
    ("migrate", "migrate:migrate", "Make the store, or bring an older one up to date; `serve` does it by itself."),
    (
        "pdu",
        "pdu:pdu",
        "Show PDUs of SMPP in words: every field and parameter, status and text. Passwords are left out.",
    ),
    (
        "personality",
        "carrier:personality",
        "Print the file of a simulated carrier's personality, to edit it and give it to `simulate-carrier`.",
    ),
    ("prefixes", "prices:prefixes", "The numbering plan: import a table of prefixes, look a number up."),
    (
        "probe",
        "smpp.probe:probe",
        "Bind, ask, and write a profile for a connector and a readable report about a message centre.",
    ),
    ("restore", "backup:restore", "Put a backup back; no gateway may run in the folder. `serve` goes on from it."),
    (
        "retention",
        "retention:retention",
        "What is kept of each class, for how many days, how much of it would be removed now, and when something is "
        "next.\n\n"
        "Changes nothing: a running gateway removes by itself. The days stand in [retention] of the configuration.",
    ),
    ("send", "messages:send", "Send TEXT to a number (and to MORE of them) as an account would."),
    ("senders", "senders:senders", "Sender names: who waits, approve, refuse, states and substitutes by operator."),
    (
        "serve",
        "serve:serve",
        "Run the gateway in the foreground; SIGTERM or Ctrl-C drain it, SIGHUP lets it look at its "
        "configuration again.",
    ),
    (
        "simulate-carrier",
        "carrier:simulate_carrier",
        "A carrier that speaks SMPP, until it is stopped; each line `SENDER RECIPIENT TEXT` on its standard "
        "input is a message from a handset.",
    ),
    (
        "smpp-client",
        "smpp.client:smpp_client",
        "Bind by SMPP, send a text or a file of them, print each answer, receipt and text that comes; or measure.",
    ),
    (
        "stats",
        "stats:stats",
        "What was sent, delivered, refused and paid, by day, account, sender name or operator (MCC and MNC).",
    ),
    (
        "status",
        "operation:status",
        "How a running gateway stands, with all its nodes; ends with 1 if it takes no messages.",
    ),
    ("stop-list", "stop_list:stop_list", "Numbers that get nothing: from a table, to a table."),
    ("store", "store:store", "The store: check it, copy it into another database."),
    ("subclients", "subclients:subclients", "Sub-clients of an account: list, make, pay, block, what they spent."),
    ("tail", "messages:tail", "Watch messages as they are accepted and as they end; until Ctrl-C."),
    ("tariffs", "prices:tariffs", "Price lines of the configuration: list, add."),
    ("templates", "templates:templates", "Texts registered at operators: who waits, and how each stands."),
    ("trace", "messages:trace", "Everything that happened to a message, and why."),
)
"""Name, place below this package, and help, which is the docstring where the command is a function. A command is
imported when it is called: most need next to nothing of the gateway, and all of it takes a second."""

for _name, _place, _help in COMMANDS:
    app.command(f"{__name__}.{_place}", name=_name, help=_help)


def main() -> None:
    """Entry point of `heliograph`."""
    sys.exit(run(sys.argv[1:]))


__all__ = ["COMMANDS", "app", "main"]
