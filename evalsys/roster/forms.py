"""Forms of the roster."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField

from evalsys.core.forms import Form, SelectChoice
from evalsys.foundation.uploads.lists import Hidden


class UploadForm(Form):
    """A file to check."""

    file = FileField(_l("Excel or CSV file"), [FileRequired(_l("Choose a file"))])
    complete = BooleanField(_l("The file is the complete roster of its sections"))


class HiddenForm(Form):
    """How to treat rows hidden in Excel."""

    hidden = SelectField(
        _l("Rows hidden in Excel"),
        choices=[
            SelectChoice(Hidden.LEAVE.value, _l("Leave the hidden rows out")),
            SelectChoice(Hidden.READ.value, _l("Read the hidden rows like all others")),
        ],
    )
