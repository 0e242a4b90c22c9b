"""The zip package of a workbook, from any program: parts by name."""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

CHUNK = 1 << 16
DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
OVERLAP = max(map(len, DOCTYPES)) - 1
PLAIN_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # The methods that spreadsheets use.
KINDS = {
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
    "content.xml": ".ods",
    "xl/workbook.bin": ".xlsb",
    "xl/vbaproject.bin": ".xlsm",
}


class Refused(Exception):
    """The file is rejected; `problem` is a code, `params` are those of its message."""

    def __init__(self, problem: str, **params: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.params = params


class Package:
    """The parts of a package. Names ignore case and the kind of slash."""

    def __init__(self, file: BinaryIO, limits: dict[str, Any]) -> None:
        self.archive = zipfile.ZipFile(file)
        self.parts: dict[str, zipfile.ZipInfo] = {}
        entries = [entry for entry in self.archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) > limits["parts"]:
            raise Refused("damaged")
        for entry in entries:
            name = canonical(entry.filename)
            if name in self.parts or entry.compress_type not in PLAIN_WAYS:
                raise Refused("damaged")
            self.parts[name] = entry
        for mark, kind in KINDS.items():
            if mark in self.parts:
                raise Refused("kind", kind=kind)
        self._check_bytes(limits["unzipped"])

    def _check_bytes(self, most: int) -> None:
        """Decompress every part once to count its bytes: the sizes in the directory may be forged.

        Also rejects a DOCTYPE in any part.
        """
        total = 0
        for entry in self.parts.values():
            tail = b""
            with self.archive.open(entry) as part:
                while chunk := part.read(CHUNK):
                    total += len(chunk)
                    if total > most:
                        raise Refused("bomb", limit=most)
                    window = tail + chunk
                    if any(mark in window for mark in DOCTYPES):
                        raise Refused("doctype")
                    tail = window[-OVERLAP:]

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a part. Raises Refused if there is none."""
        if name not in self.parts:
            raise Refused("damaged")
        with self.archive.open(self.parts[name]) as part:
            yield part


def canonical(name: str, folder: str = "") -> str:
    """Normalise the name of a part: `/xl/a.xml`, backslashes, `./xl/A.xml`."""
    plain = name.replace("\\", "/").lower()
    if not plain.startswith("/"):
        plain = f"/{folder}/{plain}"
    return posixpath.normpath(plain).lstrip("/")
