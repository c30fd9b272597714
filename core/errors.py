"""Errors every layer may raise; none knows a transport. Each process maps them once (HTTP status, exit code, retry)."""


class HiloError(Exception):
    """Something went wrong that a person or a caller can act on."""


class Refused(HiloError):
    """A rule forbids it; `code` is stable for programs, the message says what to do."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class Missing(HiloError):
    """The thing asked for does not exist, or is not visible to whoever asks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found")
        self.what = what


class Conflict(HiloError):
    """Somebody else changed it first; read again and decide anew."""


class Transient(HiloError):
    """Try again later; `retry_after` in seconds when the other side said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
