"""The steps of a service matter: read from lines of text, and compared. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher

from evalsys.core.errors import N_, DomainError

MOST_STEPS, LONGEST_NAME, LONGEST_WHO = 30, 40, 40
MOST_DAYS = Decimal(999)
HUNDREDTH = Decimal("0.01")
PARTS = re.compile(r"\s*(?:\t|,|，|\|)\s*")


@dataclass(frozen=True)
class ProcessStep:
    """A step of a process: its name, who takes it, and in how many working days."""

    name: str
    who: str
    days: Decimal

    @property
    def line(self) -> str:
        """The step as a line that `read_steps` reads."""
        return f"{self.name}，{self.who}，{plain(self.days)}"


def plain(value: Decimal) -> str:
    """Write a number without zeros at its end: 0.50 is 0.5, 10.00 is 10."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class BadStep(DomainError):
    """A line that is no step."""

    status = 422


def read_steps(text: str) -> tuple[list[ProcessStep], list[BadStep]]:
    """Return the steps of a text and what is wrong with its lines; empty lines do not count.

    A line is a name, who, and days, between commas, tabs or bars, as Excel copies cells.
    """
    steps: list[ProcessStep] = []
    problems: list[BadStep] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            steps.append(_read_line(line.strip(), number))
        except BadStep as problem:
            problems.append(problem)
    if len(steps) > MOST_STEPS:
        problems.append(BadStep(N_("At most %(most)s steps"), most=MOST_STEPS))
    return steps, problems


def _read_line(line: str, number: int) -> ProcessStep:
    parts = PARTS.split(line)
    if len(parts) != len(("name", "who", "days")) or not parts[0]:
        words = N_("Line %(line)s: write name, who, days, with commas between them")
        raise BadStep(words, line=number)
    name, who, days = parts
    if len(name) > LONGEST_NAME or len(who) > LONGEST_WHO:
        words = N_("Line %(line)s: at most %(most)s characters for the name and for who")
        raise BadStep(words, line=number, most=LONGEST_NAME)
    try:
        value = Decimal(days)
    except InvalidOperation:
        value = Decimal(-1)
    is_number = value.is_finite() and 0 <= value <= MOST_DAYS and value == round(value, 2)
    if not is_number or not re.fullmatch(r"[0-9.]+", days, re.ASCII):
        words = N_("Line %(line)s: “%(days)s” is no number of days, such as 3 or 0.5")
        raise BadStep(words, line=number, days=days[:20])
    return ProcessStep(name, who, value.quantize(HUNDREDTH))


@dataclass(frozen=True)
class StepPair:
    """A row of two processes side by side: places of steps, None for a gap.

    A row with both is the same step if `is_kept`; otherwise one was dropped and another is new.
    """

    before: int | None
    after: int | None
    is_kept: bool = False


def align(before: Sequence[ProcessStep], after: Sequence[ProcessStep]) -> list[StepPair]:
    """Lay two processes side by side: steps of the same name in one row, in their order."""
    matcher = SequenceMatcher(
        None, [one.name for one in before], [one.name for one in after], autojunk=False
    )
    rows: list[StepPair] = []
    for kind, left, left_end, right, right_end in matcher.get_opcodes():
        for offset in range(max(left_end - left, right_end - right)):
            one, other = left + offset, right + offset
            before_place = one if one < left_end else None
            rows += [StepPair(before_place, other if other < right_end else None, kind == "equal")]
    return rows


def days_of(steps: Sequence[ProcessStep]) -> Decimal:
    """Return the working days of all steps, one after the other."""
    return sum((step.days for step in steps), Decimal(0))
