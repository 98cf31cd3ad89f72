"""The Jules emulator for Python: a server with a scripted agent, to test against.

    with start_emulator(scenario="happy") as emulator:
        client = jules.Jules(api_key="any", base_url=emulator.url, cache=False)

With pytest the fixture `jules_emulator` is there without any import. `python -m jules_emulator --help` is the program.
"""

from ._emulator import Emulator, start_emulator
from ._errors import EmulatorError
from ._program import program

__all__ = ["Emulator", "EmulatorError", "program", "start_emulator"]
