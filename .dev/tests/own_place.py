"""Imported before the tools, it gives their logs and stamps a place of their own, and the tests the tools."""

import atexit
import os
import sys
import tempfile
from pathlib import Path

_place = tempfile.TemporaryDirectory()
atexit.register(_place.cleanup)
os.environ["CARGO_TARGET_DIR"] = _place.name
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
