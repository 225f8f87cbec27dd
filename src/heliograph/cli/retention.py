"""`heliograph retention`: what is kept, for how long, and what would go now."""

from __future__ import annotations

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_json, print_table


def retention(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """What is kept of each class, for how many days, how much of it would be removed now, and when something is next.

    Changes nothing: a running gateway removes by itself. The days stand in [retention] of the configuration.
    """
    rows = rows_of(ask(installation_of(folder), verbs.RetentionShow(), config=config))
    if json:
        print_json(rows)
        return
    columns = ("class", "kept for", "rows", "oldest", "would go now", "next")
    print_table(
        "Retention",
        columns,
        [
            (
                row["class"],
                f"{row['days']} days" if row["days"] else "no limit",
                row["rows"],
                str(row["oldest"])[:10],
                row["due"],
                str(row["next"])[:10],
            )
            for row in rows
        ],
    )
    out.print("The ledger is kept for ever.")
