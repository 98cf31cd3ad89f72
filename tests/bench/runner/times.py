"""The server's times, as numbers."""

import datetime


def nanoseconds(time: str) -> int:
    """Since 1970, of a time in RFC 3339 with any number of decimals."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0") or 0)
