"""Forms of imports of tickets."""

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from evalsys.core.forms import Form
from evalsys.foundation.uploads.forms import ListForm
from evalsys.supervision.hotline.imports.columns import BY_KEY


class TicketListForm(Form):
    """A list of tickets."""

    file = FileField(_l("Excel or CSV file"), [FileRequired(_l("Choose a file"))])


class ColumnsForm(ListForm):
    """Which column is which: a field named `c` with its place for each heading."""

    file = FileField(_l("Excel or CSV file"))  # It was sent before.

    @staticmethod
    def chosen(places: int) -> list[str]:
        """Return the field chosen for each heading, "" for none."""
        given = [request.form.get(f"c{place}", "") for place in range(places)]
        return [key if key in BY_KEY else "" for key in given]
