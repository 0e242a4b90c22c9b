"""What a file that comes with a case may be, and what is left of it: by content, not name. Pure.

A scan or a photo shows what it shows and nothing else: where it was taken, by which device and
when leaves it before it is stored. What could act by itself, script or macro, is refused.
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
# Signs that show in another order than they stand, or not at all.
UNSHOWN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


class EvidenceKind(StrEnum):
    """Kinds of evidence, independent of one another. A rank is none of them (guiding case 18)."""

    SCORE = "score"  # frozen figures of F7 and F10
    DUTY_RECORD = "duty_record"
    COMPLAINT = "complaint"  # a verified one
    WORK_RESULT = "work_result"
    COACHING = "coaching"
    ATTENDANCE = "attendance"
    RANK = "rank"  # may be put on file, never counts


class Media(StrEnum):
    """The kinds of files that a case takes, by the ending of their names."""

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


class BadFile(DomainError):
    """A file that a case does not take."""

    message = N_("%(file)s: %(problem)s")
    status = 422


@dataclass(frozen=True)
class Cleaned:
    """A file as it is stored: its kind, and the bytes that are left of it."""

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
    """Return what is stored of a file. Raises BadFile with the reason and the way out."""
    for start, media, clean in CLEANERS:
        if body.startswith(start):
            try:
                return Cleaned(media, clean(body))
            except NotAPicture as error:
                raise BadFile(file=name, problem=TORN) from error
            except _Refused as error:
                raise BadFile(file=name, problem=str(error)) from error
    raise BadFile(file=name, problem=_why_not(body))


def _why_not(body: bytes) -> str:
    """Say why a file of no kind that is taken is refused, with the way out for the usual ones."""
    if not body.strip(b"\0"):
        return EMPTY
    if body[4:8] == b"ftyp" and body[8:12] in APPLE:
        return HEIC
    return OLD_OFFICE if body.startswith(b"\xd0\xcf\x11\xe0") else OTHER


class _Refused(ValueError):
    """Why a file is refused: a msgid."""


def clean_pdf(body: bytes) -> bytes:
    """Return a PDF as it is, if nothing in it acts by itself: streams are looked into as well."""
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
    """Return the names in a part of a PDF, written out: /J#53 is /JS."""
    found = set(NAME.findall(part))
    return {ESCAPED.sub(lambda one: bytes([int(one[1], 16)]), name) for name in found}


def _streams(body: bytes) -> Iterator[bytes]:
    """Yield what is packed in the streams of a PDF that hold objects, within bounds."""
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


# What a torn archive makes the standard library raise.
BROKEN = (
    *(BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, LookupError),
    *(ValueError, OverflowError, struct.error, zlib.error),
)


def clean_docx(body: bytes) -> bytes:
    """Return a Word file as it is, if it has no macros, no objects and no template elsewhere."""
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
    """Refuse macros and whatever is fetched from elsewhere when the file is opened."""
    lowered = xml.replace(b"\x00", b"").lower()  # UTF-16 is read as well.
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
    """Return how a file is called from now on: no path, nothing unseen, the ending of its kind."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSHOWN)
    plain = re.sub(r'[<>:"|?*]', "_", seen).strip(" .")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", plain)[: LONGEST_NAME - 6].strip(" .")
    return f"{stem or 'file'}.{media}"


def size_words(size: int) -> str:
    """Write a size as people read it: 120 KB, 1.4 MB."""
    kilo, mega = 1024, 1024 * 1024
    return f"{size / mega:.1f} MB" if size >= mega else f"{max(1, size // kilo)} KB"
