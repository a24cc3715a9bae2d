"""How long to wait before the next try."""


def delay(failures: int, first: float, limit: float) -> float:
    """Seconds to wait after that many failures in a row; doubles to a limit.

    No failure, no wait.
    """
    if failures <= 0:
        return 0.0
    return float(min(limit, first * 2 ** min(failures - 1, 30)))
