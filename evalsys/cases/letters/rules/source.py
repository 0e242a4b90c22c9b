"""The source of a letter: a case as of one step, as plain data. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from evalsys.cases.deadlines.rules import due_on, unit_of
from evalsys.core.errors import Message, Text
from evalsys.core.terms import SECTION, in_terms_of
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.limits import Limit
from evalsys.organisation.policies.rules import PolicyRules

Translate: TypeAlias = Callable[[Text], str]

BLANK = "＿＿＿＿＿＿"  # to be filled in by hand
SHORT = "＿＿＿＿"
FILE = "案卷"


@dataclass(frozen=True)
class EvidencePiece:
    """A piece of evidence: its kind and title."""

    kind: str
    title: str


@dataclass(frozen=True)
class Source:
    """A case as of one step.

    `entries` and `days` map each move made to its entry and day; `amounts` are the lengths of the
    case's terms. `employment` is a value of `org.models.Employment`. What is about nobody has ""
    for the person, and what no section owns for the section. `before` is the case that this one
    follows, `opener` its opener, `receiver` the section to which the person moves, `section_word`
    the city's word for a section, `file_word` the letters' word for a case of the kind, `more` the
    facts of the kind.
    """

    kind: str
    number: str
    organ: str
    section: str
    person: str
    post: str
    staff_number: str
    employment: str
    step: str
    on: date
    entries: Mapping[str, Mapping[str, Any]]
    days: Mapping[str, date]
    rules: PolicyRules
    calendar: WorkingDays
    opened_on: date
    words: Translate
    grounds: Mapping[str, Any] = field(default_factory=dict)
    section_word: str = SECTION
    evidence: Sequence[EvidencePiece] = ()
    amounts: Mapping[str, int] = field(default_factory=dict)
    before: "Source | None" = None
    opener: str = ""
    receiver: str = ""
    file_word: str = FILE
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entry(self) -> Mapping[str, Any]:
        """The entry of the letter's step."""
        return self.entries.get(self.step, {})

    @property
    def comrade(self) -> str:
        """The addressee of a letter to the person."""
        return f"{self.person}同志"

    @property
    def place(self) -> str:
        """Organ and section of the person."""
        return f"{self.organ}{self.section}"

    def in_terms(self, text: str) -> str:
        """Return a text without names with the city's word for a section."""
        return in_terms_of(text, self.section_word)

    def entered(self, name: str, *moves: str, blank: str = BLANK) -> str:
        """Return a field of this step, or of the first of some moves that has it; else a blank."""
        for move in moves or (self.step,):
            value = self.entries.get(move, {}).get(name)
            if isinstance(value, bool):
                return "是" if value else "否"
            if value is not None and str(value).strip():
                return str(value).strip()
        return blank

    def entered_day(self, name: str, *moves: str) -> str:
        """Return a day entered as text; a blank if missing or invalid."""
        return day_words(_day(self.entered(name, *moves, blank="")))

    def chosen(self, name: str, words: Mapping[str, Message], *moves: str) -> str:
        """Return the text of a choice; a blank if missing or unknown."""
        chosen = self.entered(name, *moves, blank="")
        return self.words(words[chosen]) if chosen in words else BLANK

    def day_of(self, move: str) -> str:
        """Return the day of a move as text; a blank if it was not made."""
        return day_words(self.days.get(move))

    def term(self, limit: Limit) -> int:
        """Return the length of a term: that of the case's deadline, else of the policy."""
        return self.amounts.get(limit.name, self.rules[limit])

    def due(self, limit: Limit, start: date | None = None) -> str:
        """Return the end of a term that begins on `start`, by default the letter's day, as text."""
        return day_words(self.due_day(limit, start))

    def due_day(self, limit: Limit, start: date | None = None) -> date:
        """Return the end of a term that begins on `start`, by default the letter's day."""
        unit = unit_of(limit.name)
        return due_on(start or self.on, self.term(limit), unit, self.calendar).on


def day_words(day: date | None) -> str:
    """Return a day in Arabic digits without leading zeros; a blank for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "＿＿＿＿年＿＿月＿＿日"


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
