"""Where things are, and what of the environment every task has the same."""

import os
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or REPO / "target").resolve()
DEV, LOGS, REPORTS = TARGET / "dev", TARGET / "logs", TARGET / "reports"
for _folder in (LOGS, REPORTS):
    _folder.mkdir(parents=True, exist_ok=True)
# This program again. By the interpreter's own path, for what stands for it on the PATH may need the home directory.
RUN = (sys.executable, REPO / ".dev/run")
# Nothing may be skipped then.
CI = bool(os.environ.get("CI"))

os.environ |= {"CARGO_TARGET_DIR": str(TARGET), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
