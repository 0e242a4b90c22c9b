"""Files that people attach: honest ones, and those that only look so."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

PLACE = b"Canon EOS"  # The maker of the camera stands beside the place.
GPS, ORIENTATION, MAKE, TURNED = 0x8825, 0x0112, 0x010F, 6


def pdf(more: bytes = b"") -> bytes:
    """A PDF of one empty page, with more in its catalogue."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + more + b" >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
    )


def packed_pdf(inside: bytes) -> bytes:
    """A PDF whose objects are packed in a stream."""
    packed = zlib.compress(inside)
    stream = b"3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n" + packed
    return pdf().replace(b"trailer", stream + b"\nendstream\nendobj\ntrailer")


def jpeg() -> bytes:
    """A photo as a phone takes it: with its place, turned, and a maker."""
    picture, out = Image.new("RGB", (64, 48), "white"), BytesIO()
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = PLACE.decode(), TURNED
    exif[GPS] = {1: "N", 2: (IFDRational(36), IFDRational(4), IFDRational(1))}
    picture.save(out, "JPEG", exif=exif, comment=b"by PLACE", progressive=True)
    return out.getvalue()


def png() -> bytes:
    picture, out, told = Image.new("RGB", (8, 8), "white"), BytesIO(), PngInfo()
    told.add_text("Author", PLACE.decode())
    picture.save(out, "PNG", pnginfo=told)
    return out.getvalue()


def docx(**parts: bytes) -> bytes:
    """A Word file, with more parts: their names have _ for / and __ for a dot."""
    out = BytesIO()
    document = Document()
    document.add_paragraph("情况说明")
    document.save(out)
    with ZipFile(out, "a", ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", ".").replace("_", "/"), body)
    return out.getvalue()
