"""Labels of cases in registers, the same as on their pages."""

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Subject
from evalsys.core.errors import Message


def stage_words(case: Subject) -> Message:
    """Return the label of a case's state."""
    return Message(kind_of(case).machine.states[case.state])


def choice_words(case: Subject, move: str, name: str, value: str) -> Message:
    """Return the label of a choice in a field of a move."""
    fields = next(each.fields for each in kind_of(case).machine.moves if each.name == move)
    return Message(next(field for field in fields if field.name == name).choices[value])
