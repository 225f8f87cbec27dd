"""The log never stops what it tells of."""

from __future__ import annotations

import io

import structlog

from heliograph.ops import log


class FullDisk(io.StringIO):
    """Takes nothing."""

    def write(self, text):
        raise OSError(28, "No space left on device")

    def flush(self):
        raise OSError(28, "No space left on device")


def test_R4_a_log_on_a_full_disk_loses_its_lines_and_nothing_else(monkeypatch):
    log.configure(level="info", form="json", mask=True)
    monkeypatch.setattr("sys.stderr", FullDisk())
    structlog.get_logger().error("store failed", error="disk full")
    later = io.StringIO()
    monkeypatch.setattr("sys.stderr", later)
    structlog.get_logger().error("told", error="again")
    assert '"told"' in later.getvalue()
