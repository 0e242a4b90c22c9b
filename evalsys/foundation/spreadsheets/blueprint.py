"""The blueprint and command group of workbooks, shared by features, and the response."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, request, send_file
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

bp = Blueprint("exchange", __name__)
group = AppGroup("exchange", help="Workbooks to and from the personnel office.")


def asked_language() -> str:
    """Return the language of a workbook: `lang` of the URL or the page's, Chinese by default."""
    return "en" if request.args.get("lang", str(get_locale())) == "en" else "zh"


def send_written(write: Callable[[Path], object], name: str) -> ResponseReturnValue:
    """Send the workbook that `write` writes to a temporary file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write(path)
        return send_book(path.read_bytes(), name)


def send_book(content: bytes, name: str) -> ResponseReturnValue:
    """Send a workbook as an attachment."""
    file = io.BytesIO(content)
    return send_file(file, XLSX, as_attachment=True, download_name=name, max_age=0)
