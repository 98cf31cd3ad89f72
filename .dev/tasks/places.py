"""Where things are, and what of the environment every task has the same."""

import os
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or REPO / "target").absolute()
TARGET.mkdir(parents=True, exist_ok=True)
TARGET = TARGET.resolve()
DEV = TARGET / "dev"
LOGS = TARGET / "logs"
# This program again. By the interpreter's own path, for what stands for it on the PATH may need the home directory.
RUN = (sys.executable, str(REPO / ".dev" / "run"))
# Nothing may be skipped then.
CI = bool(os.environ.get("CI"))

os.environ |= {"CARGO_TARGET_DIR": str(TARGET), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def forget_settings() -> None:
    """Settings of the person at the keyboard must not leak into tests and demos."""
    for name in ("API_KEY", "BASE_URL", "CACHE_DIR", "LOG", "LIVE"):
        os.environ.pop(f"JULES_{name}", None)
