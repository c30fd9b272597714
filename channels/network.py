"""What a failed HTTP call says about whether the other side may have acted on it."""

import aiohttp


def never_left(error: BaseException) -> bool:
    """Whether no connection was made, so that the request certainly reached nobody.

    Looks at the aiohttp error underneath: the layers above it name a dropped connection like a refused one
    (httpx-aiohttp maps ServerDisconnectedError to ConnectTimeout), and a drop may come after the request was taken.
    Only causes count: the context of an error may be an earlier attempt, whose connection says nothing about this one.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
            return True
        seen = seen.__cause__
    return False
