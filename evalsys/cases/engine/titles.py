"""What pages call a case by, its person or a title of its own, and who takes part in it."""

from collections.abc import Sequence

from evalsys.cases.engine.kinds import kind_of, no_titles
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.words import masked
from evalsys.core.reads import know, once
from evalsys.organisation.org.models import Organ


@once
def title_of(case: Subject) -> str:
    """Return the title that the kind of a case gives it, or ""."""
    return kind_of(case).titles([case]).get(case.id, "")


def load_titles(cases: Sequence[Subject]) -> None:
    """Load the titles of the cases of a list, one statement for each kind that gives any."""
    for kind in {case.kind: kind_of(case) for case in cases}.values():
        if kind.titles is no_titles:
            continue
        own = [case for case in cases if case.kind == kind.name]
        titles = kind.titles(own)
        for case in own:
            know(title_of, titles.get(case.id, ""), case)


def short_name(case: Subject) -> str:
    """Return what lists call a case by, a person's name masked; "" for neither person nor title."""
    if case.concerned is None:
        return title_of(case)
    return f"{masked(case.concerned.name)} {case.concerned.number}"


def organ_of(case: Subject) -> Organ | None:
    """Return the organ that owns a case, or that of the section that does; None without either."""
    if case.home is not None:
        return case.home.organ
    return case.owner.organ if case.owner else None


def place_of(case: Subject) -> str:
    """Return the name of the section that owns a case, else of the organ; "" if nobody does."""
    owner = case.home or organ_of(case)
    return owner.name if owner else ""


def names_of(case: Subject, duty: str) -> list[str]:
    """Return the names of the people, sections and organs that hold a duty in a case."""
    who = (one.staff or one.section or one.organ for one in case.parties if one.duty == duty)
    return [each.name for each in who if each is not None]
