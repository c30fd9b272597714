"""Files as answers: the kinds the question takes."""

from collections.abc import Collection

from bot.understanding.understood import Reading, Unclear, Understood
from core.threads.content import Content, Media


def understand_media(content: Content, *, types: Collection[str], max_bytes: int | None = None) -> Reading:
    """{type, attachment or provider_ref, caption, filename} of a file. A GIF counts as a video.

    Unclear: `nothing` (no file), `type` (another kind of file), `size` (over `max_bytes`), `problem` (did not arrive).
    """
    if not isinstance(content, Media):
        return Unclear("nothing")
    kind = "video" if content.type == "animation" else content.type
    if kind not in types:
        return Unclear("type")
    if content.problem:
        return Unclear("problem")
    if max_bytes is not None and content.size is not None and content.size > max_bytes:
        return Unclear("size")
    fields = ("attachment", "provider_ref", "filename", "caption")
    kept = {name: getattr(content, name) for name in fields if getattr(content, name)}
    return Understood({"type": content.type, **kept})
