"""Read a letter back from its file, as an office would."""

import io

import docx
from docx.document import Document

from evalsys.cases.letters.render import render
from evalsys.cases.letters.rules.blocks import Letter, PaperForm, Written


def read(written: Written) -> Document:
    return docx.Document(io.BytesIO(render(written)))


def text_of(document: Document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def words(written: Written) -> str:
    """Everything that is written."""
    return text_of(read(written))


def rows(letter: Letter) -> dict[str, str]:
    """The fields of a form: label -> what stands beside it."""
    [form] = [block for block in letter.paragraphs if isinstance(block, PaperForm)]
    found = {}
    for row in form.rows:
        for label, value in zip(row.cells[::2], row.cells[1::2], strict=True):
            assert label.is_label
            found[label.words.replace("\n", "")] = value.words
    return found
