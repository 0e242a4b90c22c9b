"""The words of cases in ledgers: those of the pages, in both languages at once.

A ledger repeats what the pages of its cases say, and is laid beside them: two vocabularies for one
stage would be one too many. What no page names so shortly stands with the sheets of the feature.
"""

from functools import cache

from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseFile
from evalsys.core.city import section_word
from evalsys.foundation.spreadsheets.model import Words


def page_words(msgid: str) -> Words:
    """Return what pages say, in both languages."""
    return _page_words(msgid, section_word())


@cache
def _page_words(msgid: str, _city: str) -> Words:
    with force_locale("zh"):
        zh = str(_(msgid))
    with force_locale("en"):
        return Words(zh, str(_(msgid)))


def stage_words(case: CaseFile) -> Words:
    """Name the stage of a case."""
    return page_words(kind_of(case).machine.states[case.state])


def choice_words(case: CaseFile, move: str, name: str, value: str) -> Words:
    """Name what was chosen in a field of a move."""
    fields = next(each.fields for each in kind_of(case).machine.moves if each.name == move)
    return page_words(next(field for field in fields if field.name == name).choices[value])
