"""One maker per model, with the smallest valid row. Name only what the test is about."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.parties import parties
from evalsys.core.audit import unit_of_work
from evalsys.core.database import Model
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.exports.approval.rules import ExportState
from evalsys.exports.models import LargeExport, LargeExportSection
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import scope_of
from evalsys.organisation.org.models import (
    ChiefTerm,
    Employment,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    SectionKind,
    Staff,
)
from evalsys.organisation.periods.models import Period, PeriodKind, PeriodState
from evalsys.organisation.periods.rules import PeriodSpan, parse_period
from evalsys.organisation.policies.limits import Limit, Switch
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.registry import all_rules
from evalsys.organisation.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.counting.tallies import Ballot, store_ratings
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.scores.assembly import ComputedResult, assemble
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.service import gather
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MatterSource

T = TypeVar("T", bound=Model)
JULY = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)


class Numbers:
    """Numbers what is made here. Whoever is given rows of another process goes on after them."""

    reached = 0

    def __next__(self) -> int:
        self.reached += 1
        return self.reached


serial_numbers = Numbers()


def save(row: T) -> T:
    """Commit the row, as an earlier use case would have."""
    db.session.add(row)
    db.session.commit()
    return row


def make_organ(**values: Any) -> Organ:
    return save(Organ(**{"code": f"G{next(serial_numbers):03}", "name": "审批局", **values}))


def make_section(organ: Organ | None = None, **values: Any) -> Section:
    number = next(serial_numbers)
    defaults = {
        "code": f"S{number:03}",
        "name": f"第{number}科",
        "kind": SectionKind.WINDOW,
        "started_on": LONG_AGO,
    }
    return save(Section(organ=organ or make_organ(), **{**defaults, **values}))


def make_staff(section: Section | None = None, *, since: date = LONG_AGO, **values: Any) -> Staff:
    """A staff member; with a section, posted to it since a day."""
    defaults = {
        "number": f"{next(serial_numbers):06}",
        "name": "李娜",
        "employment": Employment.CIVIL_SERVANT,
    }
    staff = save(Staff(**{**defaults, **values}))
    if section is not None:
        make_posting(staff, section, started_on=since)
    return staff


def make_posting(staff: Staff, section: Section, **values: Any) -> Posting:
    return save(Posting(staff=staff, section=section, **{"started_on": LONG_AGO, **values}))


def make_chief(section: Section, staff: Staff | None = None, **values: Any) -> Staff:
    """The chief of a section: somebody of it, with a term."""
    staff = staff or make_staff(section, name="王海宁")
    term = {"started_on": LONG_AGO, **values}
    save(ChiefTerm(section_id=section.id, staff_id=staff.id, **term))
    return staff


def make_leader(section: Section, staff: Staff | None = None, **values: Any) -> Staff:
    """The leader in charge of a section."""
    staff = staff or make_staff(name="赵立新")
    term = {"started_on": LONG_AGO, **values}
    save(LeaderTerm(section_id=section.id, staff_id=staff.id, **term))
    return staff


def make_user(role: Role = Role.HR, **values: Any) -> User:
    number = next(serial_numbers)  # Of its own name: two accounts of one name may be one person.
    defaults = {"name": f"u{number}", "display_name": f"周敏{number}", "created_at": JULY}
    return save(User(role=role, **{**defaults, **values}))


def make_case(kind: str = "chief", **values: Any) -> Subject:
    """A case about the chief of a new section, or about whom `section` and `staff` name."""
    section = values.pop("section", None) or make_section()
    defaults = {
        "kind": kind,
        "year": 2026,
        "serial": next(serial_numbers),
        "state": all_kinds()[kind].machine.first,
        "opened_at": JULY,
        "grounds": {"period": "2026-Q2"},
    }
    staff = values.pop("staff", None) or make_chief(section)
    who = parties(section, staff)
    if mentor := values.pop("mentor", None):
        who.append(Party(duty="mentor", staff=mentor))
    case = save(Subject(parties=who, **{**defaults, **values}))
    if kind == "matter":
        save(Matter(subject_id=case.id, source=MatterSource.HOTLINE, title="食堂证照反复补件"))
    return case


def with_limits(
    values: Mapping[Limit | Switch, int], rules: PolicyRules | None = None
) -> PolicyRules:
    """Rules, by default the defaults, with other values of some limits and their own basis."""
    rules = rules or PolicyRules()
    limits = {rule.name: value for rule, value in values.items()}
    basis = {rule.name: rules.basis_of(rule) for rule in values}
    return rules.changed(limits={**rules.limits, **limits}, basis={**rules.basis, **basis})


def compute(span: PeriodSpan, rules: PolicyRules) -> ComputedResult:
    """The result of a period under some rules, not stored."""
    return assemble(span, rules, gather(span, rules))


def make_policy(rules: PolicyRules | None = None, **values: Any) -> Policy:
    defaults = {
        "version": next(serial_numbers),
        "state": PolicyState.ADOPTED,
        "rules": (rules or PolicyRules()).completed(all_rules()).to_json(),
        "reason": "test",
        "created_at": JULY,
        "adopted_at": JULY,
    }
    return save(Policy(**{**defaults, **values}))


def make_event(day: date, *numbers: str, **values: Any) -> ServiceEvent:
    """A service of a day by some staff numbers, with a number of its own."""
    return ServiceEvent(day, numbers, **{"event_no": f"2026-{next(serial_numbers):08}", **values})


def make_period(code: str = "2026-Q3", policy: Policy | None = None, **values: Any) -> Period:
    span = parse_period(code)
    defaults = {
        "code": span.code,
        "kind": PeriodKind(span.kind),
        "starts_on": span.starts_on,
        "ends_on": span.ends_on,
        "state": PeriodState.OPEN,
    }
    return save(Period(policy=policy or make_policy(), **{**defaults, **values}))


def publish_period(code: str) -> Period:
    """A period whose result a second person has published."""
    period = db.session.scalar(select(Period).where(Period.code == code))
    if period is None:
        return make_period(code, state=PeriodState.PUBLISHED, closed_at=JULY, published_at=JULY)
    period.state = PeriodState.PUBLISHED
    return save(period)


def make_ratings(
    staff: Staff, section: Section, levels: Iterable[tuple[int | None, ...]], **values: Any
) -> list[bytes]:
    """Counted ballots with their tallies: one for each four levels. Return their ids."""
    fields: dict[str, Any] = {
        "base_period": "2026-Q3",
        "rater_group": RaterGroup.RECIPIENT,
        "service_type": None,
        "channel": Channel.SLIP,
        **values,
    }
    ballots = [
        Ballot(
            ballot_id=secrets.token_bytes(16),
            section_id=section.id,
            staff_id=staff.id,
            **fields | dict(zip(DIMENSIONS, four, strict=True)),
        )
        for four in levels
    ]
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.RATING_COUNT, store_ratings(unit, ballots, on=date(2026, 10, 20)))
    return [ballot.ballot_id for ballot in ballots]


def make_result(period: Period | None = None, **values: Any) -> Result:
    """A frozen result of a closed period, without rows."""
    period = period or make_period(state=PeriodState.CLOSED, closed_at=JULY)
    defaults = {
        "version": 1,
        "policy": period.policy,
        "formula_version": "1",
        "digest": "5dc9da79a70659a9" * 4,
        "created_at": JULY,
    }
    return save(Result(period=period, **{**defaults, **values}))


GROUP_OF_16 = {
    "group_size": 16,
    "group_mean": Decimal("83.57"),
    "group_tau2": 40.0,
    "group_s2": 76.0,
    "group_top": Decimal("61.00"),
}


def make_section_score(
    result: Result, section: Section | None = None, **values: Any
) -> SectionScore:
    """A section that is compared: 11 of 12 members scored, third of sixteen."""
    section = section or make_section()
    defaults: dict[str, Any] = {
        "kind": section.kind,
        "group_label": section.kind.value,
        "total": Decimal("918.20"),
        "maximum": Decimal("1050.00"),
        "rate": Decimal("87.45"),
        "coverage": Decimal("96.60"),
        "members": 12,
        "expected": 12,
        "scored": 11,
        "ballots": 286,
        "excluded": 0,
        "bad": 4,
        "satisfied": 239,
        "is_comparable": True,
        "size_band": 6,
        "variance": 1.5,
        "own_se": Decimal("1.4"),
        "top": 180,
        "theta": Decimal("87.35"),
        "se": Decimal("1.21"),
        "lo": Decimal("84.98"),
        "hi": Decimal("89.72"),
        "reliability": 0.974,
        **GROUP_OF_16,
        "rank": 3,
        "rank_best": 3,
        "rank_worst": 13,
        "p_below_interview": 0.0,
        "p_above_commend": 0.014,
    }
    return save(SectionScore(result=result, section=section, **{**defaults, **values}))


def make_thin_section_score(
    result: Result, section: Section | None = None, **values: Any
) -> SectionScore:
    """A section that is not compared: one member scored of four."""
    nothing = (
        *("rate", "theta", "se", "lo", "hi", "reliability", "variance", "own_se"),
        *("rank", "rank_best", "rank_worst", "group_size", "group_mean", "group_tau2"),
        *("group_s2", "group_top"),
    )
    defaults: dict[str, Any] = {
        **dict.fromkeys(nothing),
        "total": Decimal("86.02"),
        "maximum": Decimal("100.00"),
        "rate": Decimal("86.02"),
        "coverage": Decimal("25.00"),
        "members": 4,
        "expected": 4,
        "scored": 1,
        "ballots": 14,
        "bad": 2,
        "satisfied": 12,
        "top": 5,
        "is_comparable": False,
        "size_band": 1,
    }
    return make_section_score(result, section, **{**defaults, **values})


def make_member_score(
    result: Result, section: Section, staff: Staff | None = None, **values: Any
) -> MemberScore:
    """A member with 30 ballots and a score."""
    defaults: dict[str, Any] = {
        "is_chief": False,
        "is_expected": True,
        "days": 92,
        "period_days": 92,
        "share": Decimal("1.00"),
        "ballots": 30,
        "excluded": 0,
        "bad": 2,
        "satisfied": 24,
        "score": Decimal("84.00"),
        "contribution": Decimal("84.00"),
        "contribution_max": Decimal("100.00"),
        "attitude": Decimal("92.40"),
        "work_style": Decimal("81.00"),
        "efficiency": Decimal("64.20"),
        "competence": Decimal("58.20"),
        "variance": 4.0,
        **{f"{name}_5": 15 for name in DIMENSIONS},
        **{f"{name}_4": 15 for name in DIMENSIONS},
    }
    staff = staff or make_staff(section)
    return save(MemberScore(result=result, section=section, staff=staff, **{**defaults, **values}))


def make_thin_member_score(
    result: Result, section: Section, staff: Staff | None = None, **values: Any
) -> MemberScore:
    """A member with 7 ballots: too few for a score."""
    names = ("score", "contribution", "contribution_max", "variance", *DIMENSIONS)
    few = {f"{name}_{level}": n for name in DIMENSIONS for level, n in ((5, 7), (4, 0))}
    defaults: dict[str, Any] = {**dict.fromkeys(names), "ballots": 7, "bad": 1, "satisfied": 6}
    return make_member_score(result, section, staff, **{**defaults, **few, **values})


def make_large_export(
    result: Result, asker: User, sections: Iterable[Section] = (), **values: Any
) -> LargeExport:
    """A request for a workbook of many people that waits; `sections` are what the asker sees."""
    defaults: dict[str, Any] = {
        "scope": scope_of(asker.actor),
        "book": "members",
        "filters": {},
        "lang": "zh",
        "persons": 201,
        "purpose": "党组会材料",
        "state": ExportState.WAITING,
        "asked_at": JULY,
        "valid_until": date(2026, 12, 31),
    }
    row = save(LargeExport(result=result, asker=asker, **{**defaults, **values}))
    for section in sections:
        save(LargeExportSection(export_id=row.id, section_id=section.id))
    return row
