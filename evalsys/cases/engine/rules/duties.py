"""Duties: what somebody is to a subject, through which party, with which powers. Pure.

Two duties are predefined: the person concerned, and the owner. Kinds define all others.
"""

from dataclasses import dataclass
from enum import StrEnum

from evalsys.cases.deadlines.rules import Light
from evalsys.core.permissions import Action, Role

PERSON = "person"  # The person concerned, who holds no other duty in the subject.
OWNER = "owner"  # The owning section, or the organ before a section is assigned.


class Power(StrEnum):
    """What a duty permits besides its steps."""

    PROVE = "prove"  # add evidence
    DECIDE = "decide"  # not for the opener, if the kind recuses them
    ASK = "ask"  # request a pause or an extension of a term
    AGREE = "agree"  # agree to it, as the second person


@dataclass(frozen=True)
class Office:
    """A duty and its holders: who is, leads or serves the parties named by `by`.

    `by` is a duty of `Party`; if empty, the opener holds it. `role` is that of accounts acting for
    a section or organ, None if a person acts in person. Steps of the duty require the permission
    `action`. Lights in `urged` are reported to it whoever must keep the term. `heading` labels the
    holder on the page of the case.
    """

    name: str
    label: str
    action: Action
    by: str = ""
    role: Role | None = None
    powers: frozenset[Power] = frozenset()
    urged: frozenset[Light] = frozenset()
    heading: str = ""
