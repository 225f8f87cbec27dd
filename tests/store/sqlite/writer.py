"""A program that writes groups until it dies: `writer.py PATH [PLACE DELAY_MS]`.

Group n is twenty new messages with `request_id` n, charged; group n + 1 ends them all with half of the price back and a
notice each. After each group is durable its number is printed. With PLACE it kills itself at the fifth COMMIT: `before`
it, `after` it, or `in` it, DELAY_MS after it began (that group is large, so that its COMMIT takes a while).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

import apsw

from heliograph.model.message import State
from heliograph.store.sqlite import SqliteStore
from store.samples import FENCE, NOW, PRICE, House, furnished, moved

SMALL, LARGE = 20, 5_000


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_later(seconds):
    time.sleep(seconds)
    die()


class Dying(apsw.Connection):
    """Dies where it is told, once it is armed."""

    place = ""
    delay_s = 0.0

    def execute(self, sql, *values):
        if sql != "COMMIT" or not self.place:
            return super().execute(sql, *values)
        if self.place == "before":
            die()
        if self.place == "in":
            threading.Thread(target=die_later, args=(self.delay_s,)).start()
        result = super().execute(sql, *values)
        if self.place == "after":
            die()
        return result


async def main(path, place, delay_s):
    store = SqliteStore(path, connect=Dying)
    await store.open()
    house = House(store) if await store.purses() else await furnished(store)
    os.write(1, b"open\n")
    number = 0
    while True:
        number += 2
        if place and number > 4:
            Dying.place, Dying.delay_s = place, delay_s
        size = LARGE if Dying.place else SMALL
        group = [house.upstream(request_id=number, price=PRICE) for _ in range(size)]
        await store.write(group, FENCE, NOW)
        os.write(1, b"%d %d\n" % (number, size))
        ends = [moved(one, State.REJECTED, tries=1, final_at=NOW, refund=PRICE // 2) for one in group]
        await store.write([*ends, *(house.notice(one) for one in group)], FENCE, NOW)
        os.write(1, b"%d %d\n" % (number + 1, size))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *(sys.argv[2:3] or [""]), float((sys.argv[3:4] or ["0"])[0]) / 1000))
