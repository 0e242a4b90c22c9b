"""Forms of the roster."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from evalsys.core.forms import Form


class UploadForm(Form):
    """A file to check."""

    file = FileField(_l("Excel or CSV file"), [FileRequired(_l("Choose a file"))])
    complete = BooleanField(_l("The file is the complete roster of its sections"))
