"""The upload form of a list, with the treatment of hidden rows."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from evalsys.core.forms import Form, SelectChoice
from evalsys.foundation.uploads.lists import Hidden


class ListForm(Form):
    """An uploaded list."""

    file = FileField(_l("Excel or CSV file"), [FileRequired(_l("Choose a file"))])
    hidden = SelectField(
        _l("Rows hidden in Excel"),
        default=Hidden.ASK.value,
        choices=[
            SelectChoice(Hidden.ASK.value, _l("Ask me")),
            SelectChoice(Hidden.LEAVE.value, _l("Leave the hidden rows out")),
            SelectChoice(Hidden.READ.value, _l("Read the hidden rows like all others")),
        ],
    )
