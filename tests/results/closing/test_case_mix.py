"""F12 from the ballots to the pages: frozen beside the score, never in its place."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.policies.models import PolicyState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Channel, ExclusionReason, Rating
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.results.closing.service import close_period, correct
from evalsys.results.closing.suggestions import preview
from evalsys.scores.mixing import mixed_of, mixed_rows
from evalsys.scores.models import CaseMixScore, Result, SectionScore
from evalsys.scores.service import check_result
from tests.exports.books import read
from tests.factories import (
    make_chief,
    make_period,
    make_policy,
    make_ratings,
    make_section,
    make_staff,
    make_user,
)
from tests.results.closing.city import CODE, NOW, TODAY

pytestmark = pytest.mark.usefixtures("app")

EASY, HARD = "执照打印", "疑难登记"
# At an easy case nine of ten levels are the best, at a hard one every second.
GOOD, FAIR = (5, 5, 5, 5), (4, 4, 4, 4)
ON_EASY, ON_HARD = [GOOD] * 9 + [FAIR], [GOOD, FAIR] * 5


def rated(easy: int, hard: int, **values: Any) -> Section:
    """Make a section whose chief had tens of easy and of hard cases."""
    section = make_section()
    chief = make_chief(section)
    for kind, levels, tens in ((EASY, ON_EASY, easy), (HARD, ON_HARD, hard)):
        if tens:
            make_ratings(chief, section, levels * tens, service_type=kind, **values)
    return section


def make_mixed() -> Section:
    """Make five sections with halves of both, and one with hard cases nearly alone."""
    make_period(CODE)
    for _ in range(5):
        rated(3, 3)
    return rated(1, 9)


def close() -> Result:
    return close_period(SYSTEM, CODE, now=NOW, on=TODAY)


def score_of(section: Section, result: Result) -> SectionScore:
    query = select(SectionScore).filter_by(section_id=section.id, result_id=result.id)
    return db.session.scalars(query).one()


def test_hard_cases_alone_are_told_beside_the_score() -> None:
    heavy = make_mixed()
    result = close()
    row = score_of(heavy, result)
    assert row.rate == Decimal("90.80")
    found = mixed_of(result, [heavy.id])[heavy.id]
    # Of 400 ballots 160 are easy: everybody would have 0.4 x 98 + 0.6 x 90 = 93.2, shrunk a little.
    assert Decimal("92.8") <= found.score <= Decimal("93.2")
    assert row.own_se is not None
    assert found.se >= row.own_se
    check_result(result)


def test_the_place_and_the_proposals_are_those_without_it() -> None:
    make_mixed()
    columns = (SectionScore.section_id, SectionScore.theta, SectionScore.rank, SectionScore.rate)
    result = close()
    query = select(*columns).where(SectionScore.result_id == result.id)
    before = db.session.execute(query.order_by(SectionScore.section_id)).all()
    corrected = correct(SYSTEM, CODE, "重新计算", now=NOW)
    again = select(*columns).where(SectionScore.result_id == corrected.id)
    assert db.session.execute(again.order_by(SectionScore.section_id)).all() == before
    assert [(row.section_id, row.score) for row in mixed_rows(corrected)] == [
        (row.section_id, row.score) for row in mixed_rows(result)
    ]


@pytest.mark.parametrize(("few", "is_told"), [(5, False), (10, True), (0, True)])
def test_few_ballots_of_a_member_do_not_follow_from_section_and_others(
    few: int, is_told: bool
) -> None:
    """With two cases, what the distances of both tell is the mix of the only other member."""
    heavy = make_mixed()
    other = make_staff(heavy)
    make_ratings(other, heavy, [GOOD] * few, service_type=EASY)
    make_ratings(other, heavy, ON_HARD * 5, service_type=HARD)
    result = close()
    told = {row.staff_id for row in mixed_rows(result) if row.section_id == heavy.id}
    assert (None in told, other.id in told, len(told - {None, other.id})) == (is_told, is_told, 1)


def test_a_case_of_few_ballots_is_not_told_by_the_distance() -> None:
    heavy = make_mixed()
    chief = db.session.scalars(
        select(Rating.staff_id).where(Rating.section_id == heavy.id).limit(1)
    ).one()
    easy = select(Rating.ballot_id).where(Rating.staff_id == chief, Rating.service_type == EASY)
    with unit_of_work(SYSTEM) as unit:
        key = (chief, db.session.scalars(easy.limit(1)).one())
        set_aside(unit, key, reason=ExclusionReason.MISTAKEN, grounds="查实", on=TODAY)
    result = close()
    assert score_of(heavy, result).rate is not None
    assert mixed_of(result, [heavy.id]) == {}  # Nine easy ones are left.


def test_of_what_was_corrected_it_is_not_told() -> None:
    heavy = make_mixed()
    close()
    staff_id, ballot_id = db.session.execute(
        select(Rating.staff_id, Rating.ballot_id).where(Rating.section_id == heavy.id).limit(1)
    ).one()
    with unit_of_work(SYSTEM) as unit:
        key = (staff_id, ballot_id)
        set_aside(unit, key, reason=ExclusionReason.MISTAKEN, grounds="查实", on=TODAY)
    result = correct(SYSTEM, CODE, "一份误评", now=NOW)
    assert heavy.id not in {row.section_id for row in mixed_rows(result)}
    assert len(mixed_rows(result)) == 10


def test_a_policy_from_before_does_not_know_it() -> None:
    policy = make_policy(PolicyRules(case_mix=False))
    make_period(CODE, policy)
    for _ in range(6):
        rated(3, 3)
    assert mixed_rows(close()) == []
    older = {key: value for key, value in PolicyRules().to_json().items() if key != "case_mix"}
    assert not PolicyRules.from_json(older).case_mix


def test_what_is_frozen_of_it_cannot_be_changed_unseen() -> None:
    make_mixed()
    result = close()
    with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
        connection.execute(text("UPDATE case_mix_score SET score = score + 10"))
    extra = CaseMixScore(
        result_id=result.id,
        section_id=make_section().id,
        staff_id=None,
        score=Decimal("99.0"),
        se=Decimal("1.0"),
    )
    db.session.add(extra)
    db.session.commit()
    with pytest.raises(DomainError, match="changed afterwards"):
        check_result(result)


def test_pages_and_sheets_say_it_beside_the_score(
    sign_in: Callable[[User], FlaskClient], tmp_path: Path
) -> None:
    heavy = make_mixed()
    result = close()
    found = mixed_of(result, [heavy.id])[heavy.id]
    words = f"With the usual mix of cases: {found.score:.1f} instead of 90.8"
    client = sign_in(make_user(Role.HR))
    section = client.get(f"/sections/{heavy.code}/{CODE}").text
    assert words in section
    assert f"{found.score:.1f} ± 1.96 × {found.se:.1f}" in section
    number = score_of(heavy, result).chief
    assert number is not None
    assert words in client.get(f"/members/{number.number}/{CODE}").text
    for book, sheet in (("ranking", "科长排名"), ("members", "人员明细")):
        heads, *rows = read(tmp_path, book)[sheet]
        lines = [dict(zip(heads, row, strict=True)) for row in rows]
        line = next(line for line in lines if line["科室编码"] == heavy.code)
        assert line["按通常办件构成"] == float(found.score)
        assert line["按通常办件构成的标准误"] == float(found.se)


def test_the_preview_of_a_policy_counts_whom_it_moves() -> None:
    make_mixed()
    result = close()
    actor = make_user(Role.HR).actor
    other = PolicyRules(group_weights={"recipient": 1})
    drafts = [
        make_policy(rules, state=PolicyState.DRAFT, adopted_at=None)
        for rules in (PolicyRules(), PolicyRules(case_mix=False), other)
    ]
    assert [preview(actor, draft, result).moved for draft in drafts] == [(1, 1), (1, 0), (1, None)]


def test_a_channel_is_a_case_too() -> None:
    make_period(CODE)
    for _ in range(6):
        section = make_section()
        chief = make_chief(section)
        make_ratings(chief, section, ON_EASY * 3, channel=Channel.SLIP)
        make_ratings(chief, section, ON_HARD * 3, channel=Channel.SMS)
    result = close()
    assert {row.score for row in mixed_rows(result)} == {Decimal("94.0")}
