"""What can go wrong here."""


class EmulatorError(Exception):
    """The emulator is missing, did not start, or refused what it was told."""
