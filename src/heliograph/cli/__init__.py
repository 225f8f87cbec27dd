"""The command line of Heliograph: `heliograph demo`, `serve`, `account`, `send`, `trace` and the others.

Commands that watch or change a running gateway speak to its control socket; without one, those that can open the
store themselves (decisions.md 9). Exit codes: 0 done, 1 could not be done, 2 not understood, 78 configuration.
"""

from __future__ import annotations

import sys

# Each module adds its commands to `app`.
import heliograph.cli.account
import heliograph.cli.alarms
import heliograph.cli.backup
import heliograph.cli.carrier
import heliograph.cli.configuration
import heliograph.cli.contacts
import heliograph.cli.count
import heliograph.cli.demo
import heliograph.cli.drill
import heliograph.cli.examples
import heliograph.cli.messages
import heliograph.cli.operation
import heliograph.cli.pdu
import heliograph.cli.prices
import heliograph.cli.senders
import heliograph.cli.serve
import heliograph.cli.smpp
import heliograph.cli.stats
import heliograph.cli.stop_list
import heliograph.cli.store
import heliograph.cli.subclients
import heliograph.cli.templates  # noqa: F401
from heliograph.cli.shell import app, run


def main() -> None:
    """Entry point of `heliograph`."""
    sys.exit(run(sys.argv[1:]))


__all__ = ["app", "main"]
