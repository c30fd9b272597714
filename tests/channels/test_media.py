"""A file is what its bytes say."""

import pytest

from channels.media import MediaFile, MediaProblem, checked, sniffed
from core.threads.content import MediaType


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"MZ\x90\x00", "application/x-msdownload"),
        (b"  <!DOCTYPE html>", "text/html"),
        (b'<?xml version="1.0"?><svg>', "image/svg+xml"),
        (b"", None),
    ],
)
def test_the_first_bytes_tell(head: bytes, mime: str | None) -> None:
    assert sniffed(head) == mime


@pytest.mark.parametrize(
    ("data", "type_", "declared", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image", "image/png", "image/jpeg"),
        (b"\x00\x00\x00\x18ftypisom", "audio", "audio/mp4", "audio/mp4"),
        (b"OggS\x00\x02", "voice", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"\x1f\x8b\x08", "sticker", "application/x-tgsticker", "application/gzip"),
        (b"a;b\n1;2", "document", "text/csv", "text/csv"),
        (b"<html>", "document", "text/html", "text/html"),
        (b"PK\x03\x04", "document", "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (b"\x01\x02", "document", None, "application/octet-stream"),
    ],
)
def test_an_honest_file_is_kept(data: bytes, type_: MediaType, declared: str | None, mime: str) -> None:
    assert checked(data, type_, declared) == MediaFile(data, mime)


@pytest.mark.parametrize(
    ("data", "type_", "declared"),
    [
        (b"MZ\x90\x00", "document", "application/pdf"),
        (b"\x7fELF", "document", None),
        (b"<html>", "document", "application/pdf"),
        (b"<svg>", "image", "image/svg+xml"),
        (b"%PDF-1.7", "image", "image/jpeg"),
        (b"", "image", "image/jpeg"),
        (b"\xff\xd8\xff\xe0", "video", "video/mp4"),
    ],
)
def test_a_lying_file_is_refused(data: bytes, type_: MediaType, declared: str | None) -> None:
    with pytest.raises(MediaProblem) as problem:
        checked(data, type_, declared)
    assert problem.value.code == "wrong_type"
