"""The program itself: `python -m jules_emulator --port 8080`."""

import os
import subprocess
import sys

from . import EmulatorError, program


def main() -> None:
    """Goes on as the program; where the system can't do that, runs it to its end."""
    try:
        command = [str(program()), *sys.argv[1:]]
    except EmulatorError as error:
        sys.exit(f"jules-emulator: {error}")
    if os.name == "posix":
        os.execv(command[0], command)
    sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
