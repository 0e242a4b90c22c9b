"""The registry of case kinds, which features add in their `init_app`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, false

from evalsys.cases.engine.duties import DUTIES
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.duties import PERSON, Office
from evalsys.cases.engine.rules.machine import Applies, Machine, always
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.source import FILE
from evalsys.core.audit import Unit
from evalsys.core.permissions import Actor
from evalsys.foundation.registry import Registry
from evalsys.organisation.policies.registry import rules_of

Effect = Callable[[Unit, Subject, CaseStep, datetime], None]
Recusal = Callable[[Actor], ColumnElement[bool]]  # a predicate on `Subject`
LetterFacts = Callable[[Subject, Sequence[CaseStep], date], Mapping[str, Any]]


def no_facts(_case: Subject, _now: datetime) -> None:
    """Return no facts, for kinds whose checks need none."""


def in_no_title(_text: str) -> ColumnElement[bool]:
    """Return the predicate that holds for no case."""
    return false()


def no_term(_case: Subject, _now: datetime) -> None:
    """Do nothing, for kinds in which no term runs from the opening by the person."""


@dataclass(frozen=True)
class Kind:
    """A kind of case: its texts, its machine, and the effects in the transaction of a move.

    `watchers` are the duties that may read its cases; `unseen` the states hidden from the person.
    `facts` loads what the machine's checks need. `opened` starts, within the open transaction, what
    runs from the day on which the person first opened the case after a step. Recused from the
    decision are who opened a case, where the kind says so, and from a duty those of whom its SQL
    predicate among `recuses` holds, each by all their accounts; in the states `kept_from_recused`
    the latter do not even see it by that duty. `when` are the SQL predicates of the `applies` of
    moves that may be the next step. `title` is what pages call a case by instead of its person, as
    a value of a query on `Subject`; `in_title` is the predicate by which a search finds a text in
    it. `papers` are the letters of its steps, which call a case `file_word`; `letter_facts` loads
    what else they need, given the steps so far and a day.
    """

    name: str
    label: str
    machine: Machine
    watchers: frozenset[str]
    duties: tuple[Office, ...] = ()  # in addition to the person
    facts: Callable[[Subject, datetime], Any] = no_facts
    effects: Mapping[str, Effect] = field(default_factory=dict)
    opened: Callable[[Subject, datetime], None] = no_term
    unseen: frozenset[str] = frozenset()
    takes_evidence: frozenset[str] = frozenset()  # the states in which evidence may be added
    recuses_opener: bool = False
    recuses: Mapping[str, Recusal] = field(default_factory=dict)
    kept_from_recused: frozenset[str] = frozenset()
    when: Mapping[Applies, ColumnElement[bool]] = field(default_factory=dict)
    title: ColumnElement[Any] | None = None
    in_title: Callable[[str], ColumnElement[bool]] = in_no_title
    next: str = "cases/next.html"  # the template of the next step; others extend it
    beside: str = ""  # a template beside the choices of a decision, with `beside_facts`
    beside_facts: Callable[[Subject], Mapping[str, Any]] = lambda _case: {}
    panel: str = ""  # a template that the page of such a case includes, with `panel_facts`
    panel_facts: Callable[[Subject], Mapping[str, Any]] = lambda _case: {}
    arises: str = ""
    opening: str = ""  # a template below that it was opened: what it was opened with
    follows: str = ""  # a template beside the case that it follows from
    margin: str = ""  # a template in the margin of that page, which knows the `duties`
    above_steps: Mapping[str, str] = field(default_factory=dict)  # move: a template above its form
    tag: str = ""  # the CSS kind of its stage tag in an archive
    proposal: str = ""  # the move whose author is recused from the decision
    notices: Mapping[str, str] = field(default_factory=dict)  # topic: msgid in the inbox
    escalated: frozenset[str] = frozenset()  # its terms of which no reminder tells
    papers: Papers = field(default_factory=dict)
    file_word: str = FILE
    letter_facts: LetterFacts = lambda _case, _steps, _on: {}

    @property
    def held(self) -> frozenset[str]:
        """The names of the duties in its cases."""
        return frozenset({PERSON, *(office.name for office in self.duties)})

    def papers_of(self, move: str) -> Sequence[Paper]:
        """Return the letters of a step, the main one first."""
        return self.papers.get(move, ())


KINDS = Registry[Kind]("kinds", "kinds of cases")
kinds_of, all_kinds = KINDS.of, KINDS.all


def add_kind(app: Flask, kind: Kind) -> None:
    """Register a kind of case.

    Raises ValueError if the name is taken, a term is no registered limit, an escalated term is none
    of its machine, a duty is not registered by the kind, or a conditional move that may be the next
    step has no SQL predicate.
    """
    if unknown := kind.machine.terms - {rule.name for rule in rules_of(app)}:
        raise ValueError(f"{kind.name} names terms that nobody declared: {sorted(unknown)}")
    if unknown := kind.escalated - kind.machine.terms:
        raise ValueError(f"{kind.name} escalates terms that it does not have: {sorted(unknown)}")
    for move in kind.machine.moves:
        may_be_next = move.is_way or move.after or kind.machine.rights_of(move)
        if may_be_next and move.applies is not always and move.applies not in kind.when:
            raise ValueError(f"{kind.name} does not say which cases {move.name} applies to")
    for office in kind.duties:
        DUTIES.add(app, office.name, office)
    used = {duty for move in kind.machine.moves for duty in move.duties} | set(kind.recuses)
    if strange := (used | kind.watchers | set(kind.machine.owners.values())) - kind.held:
        raise ValueError(f"{kind.name} has duties that it does not bring: {sorted(strange)}")
    KINDS.add(app, kind.name, kind)


def kinds_with(duty: str) -> list[str]:
    """Return the names of the kinds that have a duty."""
    return [kind.name for kind in all_kinds().values() if duty in kind.held]


def kind_of(case: Subject) -> Kind:
    """Return the kind of a case."""
    return all_kinds()[case.kind]
