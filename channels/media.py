"""Files on their way to or from a provider, and what their bytes say they are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import puremagic

from core.errors import HiloError
from core.threads.content import MediaType

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file's bytes, its MIME type without parameters, and its name when it has one."""

    data: bytes
    mime: str
    filename: str | None = None


LoadMedia = Callable[[int], Awaitable[MediaFile]]
"""Gives the stored file of an attachment id."""


class MediaProblem(HiloError):
    """A file that cannot be had or must not be kept; `code` goes into `Media.problem`.

    missing · too_big · expired (the provider no longer has it) · wrong_type (its bytes are not what it says) ·
    forbidden_host (the provider named an address we do not fetch from)
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
)
"""Beginnings of the kinds a chat brings; puremagic knows the rest, but confuses some of these."""

_FAMILIES: dict[MediaType, tuple[str, ...]] = {
    "image": ("image/",),
    "sticker": ("image/", "video/webm", "application/gzip"),
    "animation": ("image/gif", "video/"),
    "video": ("video/",),
    "audio": ("audio/", "video/mp4", "video/webm", "video/3gpp"),
    "voice": ("audio/", "video/mp4", "video/webm", "video/3gpp"),
}
"""What a file of a type may really be. MP4, WebM and 3GP hold sound alone as well, and Lottie stickers are gzip."""

_PROGRAMS = frozenset({"application/x-msdownload", "application/x-executable"})
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml")


def sniffed(data: bytes) -> str | None:
    """The MIME type the first bytes show, None when they show none."""
    head = data[:_HEAD]
    for offset, signature, mime in _SIGNATURES:
        if head.startswith(signature, offset):
            return mime
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith(_MARKUP):
        return "image/svg+xml" if b"<svg" in lowered else "text/html"
    try:
        return puremagic.from_string(head, mime=True) or None
    except (puremagic.PureError, ValueError):
        return None


def checked(data: bytes, type_: MediaType, declared: str | None, filename: str | None = None) -> MediaFile:
    """The file with its true MIME type; MediaProblem `wrong_type` when its bytes belie what it claims to be.

    A picture, sound or film must really be one. A document may be anything except a program, or a web page under
    another name: opened by staff in a browser, that would run.
    """
    said = (declared or "").partition(";")[0].strip().lower()
    found = sniffed(data)
    families = _FAMILIES.get(type_)
    if families is None:
        hidden_page = found in {"text/html", "image/svg+xml"} and not said.startswith(
            ("text/", "image/svg", "application/x")
        )
        if found in _PROGRAMS or hidden_page:
            raise MediaProblem("wrong_type", f"the file says {said or 'nothing'} and is {found}")
        return MediaFile(data, said or found or "application/octet-stream", filename)
    if found is None or found == "image/svg+xml" or not found.startswith(families):
        raise MediaProblem("wrong_type", f"the file says {said or type_} and is {found or 'nothing known'}")
    keeps_said = said.startswith(("audio/", "video/")) and type_ in {"audio", "voice", "video"}
    return MediaFile(data, said if keeps_said else found, filename)
