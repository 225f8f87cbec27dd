"""What all tests share: the markers of the coverage table, the folder of the servers."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["coverage_table", "postgres_folder"]
