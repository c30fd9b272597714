"""What every channel's rendering of a prompt shares: labels that fit, pages, numbered lines.

Options keep the number they have over all pages, so that a typed number means the same everywhere.
"""

from dataclasses import dataclass

from channels.lengths import units
from core.threads.content import Option, Prompt, Template


@dataclass(frozen=True, slots=True)
class Page:
    """The options shown now, each with its number, and the offset of the next page when some are left."""

    options: tuple[tuple[int, Option], ...]
    next_offset: int | None


def page_of(prompt: Prompt, size: int) -> Page:
    """At most `size` entries from the prompt's offset on; one of them is the row for more when there is more."""
    first = prompt.offset if 0 < prompt.offset < len(prompt.options) else 0
    numbered = tuple(enumerate(prompt.options, start=1))[first:]
    if len(numbered) <= size:
        return Page(numbered, None)
    return Page(numbered[: size - 1], first + size - 1)


def rest_of(prompt: Prompt) -> Page:
    """Every option from the prompt's offset on: numbered text needs no pages."""
    return page_of(prompt, max(1, len(prompt.options)))


def fitting(option: Option, limit: int) -> str | None:
    """The label, or the short one, in one line of at most `limit` units; None when neither fits."""
    for label in (option.label, option.short):
        line = " ".join(label.split()) if label else ""
        if line and units(line) <= limit:
            return line
    return None


def unsaid(option: Option, title: str) -> str | None:
    """What a title leaves out: the full label when a short one stands for it, and the description."""
    parts = [] if " ".join(option.label.split()) == title else [option.label]
    if option.description:
        parts.append(option.description)
    return ": ".join(parts) or None


def option_id(prompt: Prompt | Template, option: Option) -> str:
    """An option on the wire."""
    return f"{prompt.token}:{option.id}"


def more_id(prompt: Prompt, next_offset: int) -> str:
    """The row for the next page on the wire."""
    return f"{prompt.token}:+{next_offset}"


def numbered(page: Page) -> str:
    """One line per option: `1. label: description`."""
    lines = (
        f"{number}. {option.label}{f': {option.description}' if option.description else ''}"
        for number, option in page.options
    )
    return "\n".join(lines)


def paragraphs(*parts: str | None) -> str:
    """The parts that say something, an empty line between them."""
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def numbered_prompt(prompt: Prompt) -> str:
    """The whole question as text: what was asked, every option with its number, the hint."""
    page = rest_of(prompt)
    return paragraphs(prompt.text, numbered(page), prompt.hint if page.options else None, prompt.footer)
