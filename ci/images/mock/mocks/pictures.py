"""Pictures without a model: a sun above hills, in colours that depend on the words."""

import hashlib
import struct
import zlib


def png(width: int, height: int, words: str) -> bytes:
    """A PNG of a size, the same for the same words."""
    digest = hashlib.sha256(words.encode()).digest()
    sky, land, sun = digest[0:3], digest[3:6], bytes(255 - part // 4 for part in digest[6:9])
    radius, x, y = max(1, min(width, height) // 5), width * (64 + digest[9] // 2) // 256, height // 3
    rows = []
    for row in range(height):
        share = row / height
        color = land if share > 0.7 else bytes(int(part + (255 - part) * share) for part in sky)
        line = bytearray(color * width)
        half = int(max(0, radius**2 - (row - y) ** 2) ** 0.5)
        begin, end = max(0, x - half), min(width, x + half)
        line[3 * begin : 3 * end] = sun * (end - begin)
        rows.append(b"\0" + line)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"".join(rows), 1)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
