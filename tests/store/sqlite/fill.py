"""A program that fills its disk while it writes: `fill.py FOLDER how`, in a process whose disk is small.

`how` is `quota` (the process writes no file longer than two megabytes) or `disk` (FOLDER lies on a small file system).
Prints one JSON object: what was taken, what was refused and how, and how it went on when there was room again.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from pathlib import Path

from heliograph.model.message import Content
from heliograph.ports import StoreFailure
from heliograph.store.sqlite import SqliteStore
from store.samples import FENCE, NOW, PRICE, furnished

LIMIT = 2 << 20
BALLAST = "ballast"


class Quota:
    """The kernel refuses to let any file of this process grow beyond the limit: EFBIG, an I/O error to SQLite."""

    def __init__(self, folder):
        _, self.hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def tighten(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, self.hard))

    def make_room(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.hard, self.hard))


class Disk:
    """A file takes most of the room: ENOSPC, "database or disk is full"."""

    def __init__(self, folder):
        self.folder = folder

    def tighten(self):
        room = os.statvfs(self.folder)
        (self.folder / BALLAST).write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - LIMIT)))

    def make_room(self):
        (self.folder / BALLAST).unlink()


async def main(folder, how):
    place = {"quota": Quota, "disk": Disk}[how](folder)
    store = SqliteStore(folder / "store.db")
    await store.open()
    house = await furnished(store)
    place.tighten()
    taken, refused, words = [], [], set()
    while len(refused) < 20:
        group = [house.message(price=PRICE, content=Content("x" * 700)) for _ in range(20)]
        try:
            await store.write(group, FENCE, NOW)
            taken.append(group)
        except StoreFailure as failure:
            words.add(str(failure))
            refused.append(group)
    seen_while_full = len(await store.messages([group[0].id for group in taken], None))
    place.make_room()
    await store.probe()
    for group in refused:
        await store.write(group, FENCE, NOW)
    result = {
        "taken": len(taken),
        "refused": len(refused),
        "words": sorted(words),
        "seen_while_full": seen_while_full,
        "stored": len(await store.messages([group[-1].id for group in (*taken, *refused)][:500], None)),
        "faults": await store.check(),
    }
    await store.close()
    again = SqliteStore(folder / "store.db")
    await again.open()
    result["faults_after"] = await again.check()
    result["waiting"] = sum(one.parts for one in await again.waiting())
    await again.close()
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
