"""Checking and cleaning uploaded files of cases, by content, not name. Pure.

Place, device and time are removed from scans and photos before they are stored. Active content,
scripts or macros, is refused.
"""

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from evalsys.cases.papers.pictures import NotAPicture, clean_jpeg, clean_png
from evalsys.core.errors import N_, DomainError

LONGEST_NAME = 100  # characters
MOST_INFLATED = 50 * 1024 * 1024  # bytes of all parts, or of all streams
MOST_PARTS = 2_000
MOST_STREAMS = 20_000
# Categories of invisible or reordering characters.
UNSHOWN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


class EvidenceKind(StrEnum):
    """Kinds of evidence, independent of one another. A rank is none of them (guiding case 18)."""

    SCORE = "score"  # frozen figures of F7 and F10
    DUTY_RECORD = "duty_record"
    COMPLAINT = "complaint"  # a verified one
    WORK_RESULT = "work_result"
    COACHING = "coaching"
    ATTENDANCE = "attendance"
    RANK = "rank"  # may be added, never counts


class Media(StrEnum):
    """The file types that a case takes, by extension."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    DOCX = "docx"


TYPES = {
    Media.PDF: "application/pdf",
    Media.JPEG: "image/jpeg",
    Media.PNG: "image/png",
    Media.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


APPLE = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"hevc"})  # brands of HEIF


class BadAttachment(DomainError):
    """A file that a case does not take."""

    message = N_("%(file)s: %(problem)s")
    status = 422


@dataclass(frozen=True)
class Cleaned:
    """A file as it is stored: its type and cleaned content."""

    media: Media
    body: bytes


ACTIVE = N_("It holds a script, a command or another file. Print it to PDF again, or scan it.")
LOCKED = N_("It is protected by a password. Take the protection off first.")
TORN = N_("It is damaged or not whole. Send it again, or scan it anew.")
OTHER = N_("A case takes PDF, JPEG, PNG and Word files (.docx), whatever their names say.")
EMPTY = N_("It is empty. Send the file itself, not a link to it.")
HEIC = N_(
    "It is a picture that only new phones show (HEIC). Set the camera to the most compatible "
    "format, or send a screenshot of it."
)
OLD_OFFICE = N_("It was saved by an old Office or WPS. Save it as .docx, or print it to PDF.")
MACROS = N_("It holds macros or another file. Save it as a plain .docx, or print it to PDF.")


def clean_file(name: str, body: bytes) -> Cleaned:
    """Return the file as stored. Raises BadAttachment with the reason and a way out."""
    for start, media, clean in CLEANERS:
        if body.startswith(start):
            try:
                return Cleaned(media, clean(body))
            except NotAPicture as error:
                raise BadAttachment(file=name, problem=TORN) from error
            except _Refused as error:
                raise BadAttachment(file=name, problem=str(error)) from error
    raise BadAttachment(file=name, problem=_why_not(body))


def _why_not(body: bytes) -> str:
    """Return why an unknown file type is refused, with advice for the usual ones."""
    if not body.strip(b"\0"):
        return EMPTY
    if body[4:8] == b"ftyp" and body[8:12] in APPLE:
        return HEIC
    return OLD_OFFICE if body.startswith(b"\xd0\xcf\x11\xe0") else OTHER


class _Refused(ValueError):
    """A refusal; the message is a msgid."""


def clean_pdf(body: bytes) -> bytes:
    """Return a PDF unchanged if it has no active content, compressed streams included."""
    if b"%%EOF" not in body[-2048:]:
        raise _Refused(TORN)
    for part in (body, *_streams(body)):
        names = _names(part)
        if b"/Encrypt" in names and part is body:
            raise _Refused(LOCKED)
        if names & FORBIDDEN:
            raise _Refused(ACTIVE)
    return body


FORBIDDEN = frozenset(
    b"/" + name
    for name in (
        b"JS", b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"XFA",
        b"SubmitForm", b"ImportData", b"GoToE", b"GoToR", b"Movie", b"Sound", b"Rendition",
    )
)  # fmt: skip
NAME = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]+")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"stream\r?\n")


def _names(part: bytes) -> set[bytes]:
    """Return the names in a part of a PDF, unescaped: /J#53 is /JS."""
    names = set(NAME.findall(part))
    return {ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), name) for name in names}


def _streams(body: bytes) -> Iterator[bytes]:
    """Yield the decompressed object streams of a PDF, within bounds."""
    left, places = MOST_INFLATED, STREAM.finditer(body)
    for count, place in enumerate(places):
        if count > MOST_STREAMS:
            raise _Refused(TORN)
        head = body[max(0, place.start() - 512) : place.start()]
        if b"ObjStm" not in head.rsplit(b"obj", 1)[-1]:
            continue
        unpacked = _inflate(body[place.end() :], left)
        left -= len(unpacked)
        yield unpacked


def _inflate(packed: bytes, most: int) -> bytes:
    try:
        inflater = zlib.decompressobj()
        unpacked = inflater.decompress(packed, max(1, most))
    except zlib.error as error:
        raise _Refused(TORN) from error
    if inflater.unconsumed_tail and not inflater.eof:
        raise _Refused(TORN)
    return unpacked


# What the standard library raises on a damaged archive.
BROKEN = (
    *(BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, LookupError),
    *(ValueError, OverflowError, struct.error, zlib.error),
)


def clean_docx(body: bytes) -> bytes:
    """Return a Word file unchanged if it has no macros, objects or external template."""
    try:
        with ZipFile(BytesIO(body)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            for part in parts:
                if part.filename.lower().endswith((".rels", "[content_types].xml")):
                    _check_links(archive.read(part))
    except _Refused:
        raise
    except BROKEN as error:
        raise _Refused(TORN) from error
    return body


def _check_parts(parts: Sequence[ZipInfo]) -> None:
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_INFLATED:
        raise _Refused(TORN)
    names = [part.filename.lower() for part in parts]
    if "word/document.xml" not in names or "[content_types].xml" not in names:
        raise _Refused(OTHER)
    if any(part.flag_bits & 1 for part in parts):
        raise _Refused(LOCKED)
    if any(name.endswith(".bin") or "/embeddings/" in name for name in names):
        raise _Refused(MACROS)


def _check_links(xml: bytes) -> None:
    """Refuse macros and external content loaded on opening."""
    lowered = xml.replace(b"\x00", b"").lower()  # Also matches UTF-16.
    if b"<!doctype" in lowered:
        raise _Refused(TORN)
    if b"macroenabled" in lowered or b"vbaproject" in lowered:
        raise _Refused(MACROS)
    for link in re.findall(rb"<relationship\s[^>]*>", lowered):
        if b'"external"' in link.replace(b"'", b'"') and b"/hyperlink" not in link:
            raise _Refused(MACROS)


Clean = Callable[[bytes], bytes]
CLEANERS: tuple[tuple[bytes, Media, Clean], ...] = (
    (b"%PDF-", Media.PDF, clean_pdf),
    (b"\xff\xd8\xff", Media.JPEG, clean_jpeg),
    (b"\x89PNG\r\n\x1a\n", Media.PNG, clean_png),
    (b"PK\x03\x04", Media.DOCX, clean_docx),
)


def shown_name(name: str, media: Media) -> str:
    """Return a file's display name: no path, no invisible characters, the right extension."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSHOWN)
    plain = re.sub(r'[<>:"|?*]', "_", seen).strip(" .")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", plain)[: LONGEST_NAME - 6].strip(" .")
    return f"{stem or 'file'}.{media}"


def size_words(size: int) -> str:
    """Return a size as text: 120 KB, 1.4 MB."""
    kilo, mega = 1024, 1024 * 1024
    return f"{size / mega:.1f} MB" if size >= mega else f"{max(1, size // kilo)} KB"
