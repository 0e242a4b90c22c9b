"""The zip file around a workbook: parts by name, as any program may have written it."""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

CHUNK = 1 << 16
DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
OVERLAP = max(map(len, DOCTYPES)) - 1
PLAIN_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # How Excel and all others pack.
KINDS = {
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
    "content.xml": ".ods",
    "xl/workbook.bin": ".xlsb",
    "xl/vbaproject.bin": ".xlsm",
}


class Refused(Exception):
    """The file is not read on. `problem` is the word for it, `params` what the message names."""

    def __init__(self, problem: str, **params: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.params = params


class Package:
    """The parts of a file. Names are compared without case, and with any kind of slash."""

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
        """Unpack every part once, counting the real bytes: the sizes in the index may lie.

        A document type is looked for in all of them, whatever a part calls itself.
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
    """Return the name of a part as it is compared: `/xl/a.xml`, with backslashes, `./xl/A.xml`."""
    plain = name.replace("\\", "/").lower()
    if not plain.startswith("/"):
        plain = f"/{folder}/{plain}"
    return posixpath.normpath(plain).lstrip("/")
