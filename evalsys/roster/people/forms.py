"""The form that changes one person: a row of the import, with the values of today."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from evalsys.core.errors import N_
from evalsys.core.forms import SeenForm, SelectChoice, strip
from evalsys.foundation.spreadsheets.words import NO, YES
from evalsys.organisation.org import words
from evalsys.organisation.org.models import Employment, Section
from evalsys.roster.columns import PEOPLE
from evalsys.roster.people.service import Leads
from evalsys.roster.presenter import heading
from evalsys.roster.words import EMPLOYMENTS, EMPTIED, FLAGS, ON_DUTY, STATUSES, in_words

LINES = {"name": 64, "post": 64, "rank": 64, "window_no": 20, "remark": 500}
DAYS = ("posted_on", "status_on", "left_on", "post_since", "rank_since")
STATUS_WORDS: Mapping[Any, str] = {ON_DUTY: N_("On duty"), **words.STATUSES}
SEX_WORDS = {"男": N_("male"), "女": N_("female")}
FLAG_WORDS: Mapping[Any, str] = {True: YES, False: NO}
# A column -> its choices: the word of the file, and the label on the page.
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "sex": SEX_WORDS,
    "employment": {word: words.EMPLOYMENTS[Employment(kind)] for word, kind in EMPLOYMENTS.items()},
    "status": {word: STATUS_WORDS[kind] for word, kind in STATUSES.items()},
    "faces_recipients": {word: FLAG_WORDS[flag] for word, flag in FLAGS.items()},
}
CHANGED = (
    *("section_code", "posted_on", "left_on", "status", "status_on", "name", "sex", "post"),
    *("post_since", "rank", "rank_since", "employment", "faces_recipients", "window_no", "remark"),
)
Cells = Mapping[str, Any]


class PersonForm(SeenForm):
    """A change of one person; its other fields are columns of the import."""

    leads = SelectField(_l("Chief"))
    chief_since = DateField(_l("Chief since"), [Optional()])
    reason = StringField(
        _l("Reason"), [InputRequired(_l("Say why")), Length(max=200)], filters=[strip]
    )

    def changed(self, cells: Cells) -> dict[str, Any]:
        """Return the cells that differ from those shown; EMPTIED for what may be blank and is."""
        now = {key: self[key].data or None for key in CHANGED}
        return {
            key: value or EMPTIED
            for key, value in now.items()
            if value != as_text(key, cells) and (value or PEOPLE.by_key[key].may_clear)
        }


def change_form(cells: Cells, sections: Sequence[Section], *, is_chief: bool) -> PersonForm:
    """Return the form with a person's cells of today."""
    fields: dict[str, Any] = {"section_code": _sections(cells, sections)}
    for key, length in LINES.items():
        needed = [] if PEOPLE.by_key[key].may_clear else [InputRequired(_l("Please fill this in."))]
        checks = [*needed, Length(max=length)]
        fields[key] = StringField(heading("people", key), checks, filters=[strip])
    for key in DAYS:
        fields[key] = DateField(heading("people", key), [Optional()])
    for key, labels in CHOICES.items():
        blank = [] if as_text(key, cells) else [SelectChoice("", "—")]
        choices = [*blank, *(SelectChoice(word, _(label)) for word, label in labels.items())]
        fields[key] = SelectField(heading("people", key), choices=choices)
    form: PersonForm = type("FilledForm", (PersonForm,), fields)(
        data={key: as_text(key, cells) for key in CHANGED}
    )
    other = (
        SelectChoice(Leads.NO.value, _l("no longer chief"))
        if is_chief
        else SelectChoice(Leads.YES.value, _l("chief of the section"))
    )
    form.leads.choices = [SelectChoice(Leads.STAYS.value, _l("stays as it is")), other]
    form.shows(mark_of(cells))
    return form


def _sections(cells: Cells, sections: Sequence[Section]) -> SelectField:
    choices = [
        SelectChoice(section.code, f"{section.organ.name} {section.name}") for section in sections
    ]
    if not cells.get("section_code"):
        choices.insert(0, SelectChoice("", "—"))
    return SelectField(_l("Section"), choices=choices)


def as_text(key: str, cells: Cells) -> Any:
    """Return a cell as its field holds it: a day, or text; None if it is blank."""
    value = cells.get(key)
    return value if value is None or isinstance(value, date) else in_words(key, value)


def mark_of(cells: Cells) -> str:
    """Return the mark of what is shown, to notice that somebody changed it meanwhile."""
    text = json.dumps({key: str(cells.get(key)) for key in PEOPLE.by_key})
    return hashlib.sha256(text.encode()).hexdigest()
