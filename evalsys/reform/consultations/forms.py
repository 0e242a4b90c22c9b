"""Forms of the office: a draft, a kind of opinion, its answer, the outcome."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, SeenForm, SelectChoice, given, strip
from evalsys.reform.consultations.models import (
    LONGEST_BODY,
    LONGEST_DRAFT,
    LONGEST_KIND,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
)
from evalsys.reform.consultations.service import DraftEntry
from evalsys.reform.consultations.words import VERDICTS

NEEDED = _l("Please fill this in.")


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class DraftForm(SeenForm):
    """A draft put before the public."""

    title = StringField(_l("Title"), [DataRequired(NEEDED), _limit(LONGEST_TITLE)], [strip])
    summary = TextAreaField(
        _l("What changes, in short"), [DataRequired(NEEDED), _limit(LONGEST_SUMMARY)], [strip]
    )
    draft = TextAreaField(
        _l("Text of the draft"), [DataRequired(NEEDED), _limit(LONGEST_DRAFT)], [strip]
    )
    closes_on = DateField(_l("Last day for opinions"), [DataRequired(NEEDED)])

    @property
    def entry(self) -> DraftEntry:
        """What was filled in."""
        return DraftEntry(
            given(self.title.data),
            given(self.summary.data),
            given(self.draft.data),
            given(self.closes_on.data),
        )


class KindForm(Form):
    """A kind of opinion."""

    title = StringField(
        _l("What these opinions say"), [DataRequired(NEEDED), _limit(LONGEST_KIND)], [strip]
    )


class AnswerForm(SeenForm):
    """The answer to a kind of opinion."""

    verdict = SelectField(
        _l("What comes of these opinions"),
        choices=[SelectChoice(one.value, _l(words)) for one, words in VERDICTS.items()],
    )
    answer = TextAreaField(
        _l("What is adopted, or why it is not"),
        [DataRequired(NEEDED), _limit(LONGEST_BODY)],
        [strip],
    )


class OutcomeForm(SeenForm):
    """What came of a consultation."""

    outcome = TextAreaField(
        _l("What came of the consultation"), [DataRequired(NEEDED), _limit(LONGEST_DRAFT)], [strip]
    )
