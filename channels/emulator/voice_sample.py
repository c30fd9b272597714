"""A real voice note made of nothing: three seconds of silence as Ogg Opus, for phones without a microphone.

Ogg pages and their checksum: RFC 3533; the Opus headers in Ogg: RFC 7845; the silent packet: RFC 6716.
"""

import struct

_SERIAL = 0x48494C4F
_SAMPLES_PER_PACKET = 960  # 20 ms at 48 kHz
_SILENCE = b"\xf8\xff\xfe"  # CELT, full band, 20 ms, mono


def silent_voice(seconds: int = 3) -> bytes:
    """Bytes of an audio/ogg; codecs=opus file."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    vendor = b"hilo"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page([head], 0, 0, 2), _page([tags], 1, 0, 0)]
    for second in range(seconds):
        last = second == seconds - 1
        granule = (second + 1) * 50 * _SAMPLES_PER_PACKET
        pages.append(_page([_SILENCE] * 50, 2 + second, granule, 4 if last else 0))
    return b"".join(pages)


def _page(packets: list[bytes], sequence: int, granule: int, flags: int) -> bytes:
    sizes = bytes(len(packet) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, _SERIAL, sequence, 0) + bytes([len(sizes)])
    page = head + sizes + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value
