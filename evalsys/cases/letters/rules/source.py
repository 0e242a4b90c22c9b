"""What a letter is made from: a case at one of its steps, as plain data. Pure."""

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

Say: TypeAlias = Callable[[Text], str]

BLANK = "＿＿＿＿＿＿"  # to be filled in by hand
SHORT = "＿＿＿＿"
FILE = "案卷"


@dataclass(frozen=True)
class Piece:
    """A piece of evidence: its kind and title."""

    kind: str
    title: str


@dataclass(frozen=True)
class Source:
    """A case as it stood after one step.

    `entries` and `days` map each move made so far to what was filled in and on which day;
    `amounts` is how long a term of the case is, where its deadline says so. `employment` is the
    value of `org.models.Employment`. `before` is the case that this one follows from, `opener` who
    opened it, `receiver` the section to which the person moves, `section_word` what the city calls
    a section, `file_word` how letters call a file of the kind, `more` what the kind gathers itself.
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
    words: Say
    grounds: Mapping[str, Any] = field(default_factory=dict)
    section_word: str = SECTION
    evidence: Sequence[Piece] = ()
    amounts: Mapping[str, int] = field(default_factory=dict)
    before: "Source | None" = None
    opener: str = ""
    receiver: str = ""
    file_word: str = FILE
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entry(self) -> Mapping[str, Any]:
        """What was filled in at the step of the letter."""
        return self.entries.get(self.step, {})

    @property
    def comrade(self) -> str:
        """The person as a letter addresses them."""
        return f"{self.person}同志"

    @property
    def place(self) -> str:
        """The person's section, with the organ."""
        return f"{self.organ}{self.section}"

    def in_terms(self, text: str) -> str:
        """Return words of ours that hold no names as the city says them."""
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
        """Return a day that was filled in, in words; a blank if there is none, or no day."""
        return day_words(_day(self.entered(name, *moves, blank="")))

    def chosen(self, name: str, words: Mapping[str, Message], *moves: str) -> str:
        """Return a choice in words; a blank if nothing, or nothing known, was chosen."""
        chosen = self.entered(name, *moves, blank="")
        return self.words(words[chosen]) if chosen in words else BLANK

    def day_of(self, move: str) -> str:
        """Return on which day a move was made, in words; a blank if it was not."""
        return day_words(self.days.get(move))

    def term(self, limit: Limit) -> int:
        """Return how long a term is: as the case's own deadline says, else as the policy does."""
        return self.amounts.get(limit.name, self.rules[limit])

    def due(self, limit: Limit, start: date | None = None) -> str:
        """Return in words when a term ends that begins on a day, else on that of the letter."""
        return day_words(self.due_day(limit, start))

    def due_day(self, limit: Limit, start: date | None = None) -> date:
        """Return when a term ends that begins on a day, else on that of the letter."""
        unit = unit_of(limit.name)
        return due_on(start or self.on, self.term(limit), unit, self.calendar).on


def day_words(day: date | None) -> str:
    """Write a day in Arabic digits without leading zeros; a blank for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "＿＿＿＿年＿＿月＿＿日"


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
