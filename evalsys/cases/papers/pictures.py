"""Stripping metadata (place, time, device) from photos, lossless. Pure.

Pixels are unchanged. Of the camera's metadata only the orientation is kept.
"""

import struct
import zlib
from collections.abc import Iterator

MOST_SIDE = 30_000  # pixels
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
COMMENT, SOS, EOI = 0xFE, 0xDA, 0xD9
RESTARTS = range(0xD0, 0xD8)
SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # They contain the image size.
ORIENTATION = 0x0112
KEPT_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB"}
    | {b"bKGD", b"pHYs"}
)
PNG_START = b"\x89PNG\r\n\x1a\n"


class NotAPicture(ValueError):
    """The file has an image signature but is invalid or truncated."""


def clean_jpeg(body: bytes) -> bytes:
    """Return a JPEG without metadata and trailing data. Raises NotAPicture.

    Exif, XMP, IPTC, comments and further images are removed; colour profile and orientation are
    kept.
    """
    try:
        return b"".join([b"\xff\xd8", *_jpeg_parts(body)])
    except (IndexError, struct.error) as error:
        raise NotAPicture from error


def _jpeg_parts(body: bytes) -> Iterator[bytes]:
    at, has_size = 2, False
    while True:
        if body[at] != 0xFF:  # noqa: PLR2004  # Every marker begins with it.
            raise NotAPicture
        marker = body[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  # Filling.
            at += 1
            continue
        if marker == EOI:
            if not has_size:
                raise NotAPicture
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack(">H", body[at + 2 : at + 4])
        end = at + 2 + length
        part = body[at:end]
        if len(part) != length + 2 or length < 2:  # noqa: PLR2004  # The length itself.
            raise NotAPicture
        if marker in SOF:
            has_size = _is_size(*struct.unpack(">HH", part[5:9]))
        if marker == SOS:
            end = _scan_end(body, end)
            yield body[at:end]
        elif (kept := _kept_part(marker, part)) is not None:
            yield kept
        at = end


def _kept_part(marker: int, part: bytes) -> bytes | None:
    """Return a JPEG segment, reduced if need be, or None to drop it."""
    if marker == APP1:
        return _turning(part)
    if marker in {APP0, APP14} or (marker == APP2 and part[4:16] == b"ICC_PROFILE\x00"):
        return part
    return None if APP0 <= marker <= APP15 or marker == COMMENT else part


def _scan_end(body: bytes, at: int) -> int:
    """Return the offset of the next marker after a scan."""
    while True:
        at = body.find(b"\xff", at)
        if at < 0:
            raise NotAPicture
        if body[at + 1] and body[at + 1] not in RESTARTS:
            return at
        at += 2


def _is_size(height: int, width: int) -> bool:
    if not (0 < height <= MOST_SIDE and 0 < width <= MOST_SIDE):
        raise NotAPicture
    return True


def _turning(part: bytes) -> bytes | None:
    """Return an Exif segment with the orientation only, or None."""
    if part[4:10] != b"Exif\x00\x00":
        return None
    tiff = part[10:]
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return None
    try:
        (first,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
        for place in range(first + 2, first + 2 + 12 * min(count, 200), 12):
            tag, kind = struct.unpack(f"{order}HH", tiff[place : place + 4])
            if (tag, kind) == (ORIENTATION, 3):
                (value,) = struct.unpack(f"{order}H", tiff[place + 8 : place + 10])
                return _exif(value) if value in range(2, 9) else None
    except struct.error:
        return None
    return None


def _exif(turning: int) -> bytes:
    ifd = struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, turning, 0, 0)
    body = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + ifd
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def clean_png(body: bytes) -> bytes:
    """Return a PNG without text, Exif and trailing data.

    Raises NotAPicture.
    """
    seen: set[bytes] = set()
    parts, at = [PNG_START], len(PNG_START)
    while True:
        if len(body) < at + 12:
            raise NotAPicture
        length, kind = struct.unpack(">I4s", body[at : at + 8])
        end = at + 12 + length
        chunk = body[at:end]
        if len(chunk) != length + 12:
            raise NotAPicture
        (checksum,) = struct.unpack(">I", chunk[-4:])
        if zlib.crc32(chunk[4:-4]) != checksum:
            raise NotAPicture
        if not seen and (kind != b"IHDR" or not _is_size(*struct.unpack(">II", chunk[8:16]))):
            raise NotAPicture
        seen.add(kind)
        if kind in KEPT_CHUNKS:
            parts.append(chunk)
        if kind == b"IEND":
            if b"IDAT" not in seen:
                raise NotAPicture
            return b"".join(parts)
        at = end
