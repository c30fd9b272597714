"""Logs: structured, one line an event, never a token or what somebody said."""

import logging

import structlog


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Human lines on a terminal, JSON where a machine reads them. Libraries' own lines are kept to warnings."""
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore", "aiohttp", "pywa", "aiogram"):
        logging.getLogger(chatty).setLevel(logging.ERROR)  # their debug lines carry URLs, and those carry tokens
