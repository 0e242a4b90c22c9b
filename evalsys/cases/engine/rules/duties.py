"""Duties: what somebody is to a subject, through which of its parties, and what it lets them do.

Pure. Two parties are known everywhere: whom a subject is about, if anybody, and whose it is. All
else is said by who brings a kind: a case of the personnel office, a matter of another one.
"""

from dataclasses import dataclass
from enum import StrEnum

from evalsys.cases.deadlines.rules import Light
from evalsys.core.permissions import Action, Role

PERSON = "person"  # Whom a subject is about; nobody holds another duty in what is about themselves.
OWNER = "owner"  # The section to which a subject belongs, or its organ before a section has it.


class Power(StrEnum):
    """What a duty lets its holders do beside its steps."""

    PROVE = "prove"  # put evidence on file
    DECIDE = "decide"  # taken from who opened the subject, where the kind recuses them
    ASK = "ask"  # ask for a pause or an extension of a term
    AGREE = "agree"  # agree to that, as the second person


@dataclass(frozen=True)
class Office:
    """A duty, and who holds it: whoever is, leads or serves the parties of a subject named by `by`.

    `by` is the duty of the rows of `Party`; empty, it is held by who opened the subject. `role` is
    that of the accounts that act for a section or an organ, None where a person acts in person.
    A step of the duty takes the permission `action`. The lights in `urged` reach it whoever must
    keep the term. Under the `heading` the page of the case names who holds it in person.
    """

    name: str
    label: str
    action: Action
    by: str = ""
    role: Role | None = None
    powers: frozenset[Power] = frozenset()
    urged: frozenset[Light] = frozenset()
    heading: str = ""
