"""What we ask a provider to give back with the statuses of a message: our outbox id and the part of it."""

from core.errors import Missing
from core.public_id import PublicIds


def make_tracker(ids: PublicIds, outbox_id: int, part: int) -> str:
    """`ob_….0`: opaque, so that nobody learns how many messages a clinic sends."""
    return f"{ids.encode('outbox', outbox_id)}.{part}"


def read_tracker(ids: PublicIds, tracker: str | None) -> tuple[int | None, int]:
    """(outbox id, part); (None, 0) for anything that is not ours."""
    public, _, part = (tracker or "").partition(".")
    try:
        return ids.decode("outbox", public), int(part or 0)
    except (Missing, ValueError):
        return None, 0
