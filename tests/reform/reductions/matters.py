"""A service matter, with what its versions are entered with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from evalsys.core.audit import unit_of_work
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.organisation.org.models import Section
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.queries import list_versions
from evalsys.reform.reductions.rules.measures import MatterFigures, Way
from evalsys.reform.reductions.rules.steps import read_steps
from evalsys.reform.reductions.service import VersionEntry, enter_version, take_up

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # Tuesday, 10:00 in Shanghai.
FIRST, LATER = date(2025, 3, 3), date(2026, 7, 1)
LONG = "名称核准，窗口，1\n受理，窗口，1\n审查，登记科，2\n复核，登记科，1\n发证，制证岗，1"
SHORT = "受理即审查，窗口，0.5\n发证，制证岗，0.5"
FIGURES = MatterFigures(
    items=3,
    documents=14,
    spared=0,
    certificates=3,
    replaced=0,
    legal=15,
    promised=6,
    actual=Decimal("5.50"),
    visits=4,
    online_share=Decimal(12),
    ways=frozenset({Way.ONLINE}),
    steps=5,
)


def entry(
    section: Section, day: date = FIRST, steps: str = LONG, basis: str = "云审批〔2025〕1号",
    **values: Any,
) -> VersionEntry:  # fmt: skip
    """What a version is entered with."""
    read, problems = read_steps(steps)
    assert not problems
    figures = replace(FIGURES, steps=len(read), **values)
    return VersionEntry(day, section.code, basis, figures, read)


def make_matter(
    section: Section, code: str = "SP-1", name: str = "企业设立登记", **values: Any
) -> ServiceMatter:
    """A service matter with its first version."""
    with unit_of_work(SYSTEM) as unit:
        return take_up(unit, code, name, entry(section, **values), now=NOW)


def shorten(
    matter: ServiceMatter, section: Section, by: Actor = SYSTEM, **values: Any
) -> MatterVersion:
    """A further version, much shorter if nothing else is said."""
    facts: dict[str, Any] = {
        "day": LATER,
        "steps": SHORT,
        "promised": 1,
        "basis": "云审批〔2026〕9号",
    }
    seen = list_versions(matter.id)[-1].number
    with unit_of_work(by) as unit:
        wanted = entry(section, **{**facts, **values})
        return enter_version(unit, matter, seen, wanted, now=NOW)
