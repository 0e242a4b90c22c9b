"""The preview of a draft tells no ballots of a small rater group, however many drafts are tried."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.policies.models import PolicyState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.closing.service import close_period, correct
from evalsys.scores.models import SectionScore
from evalsys.scores.rules.disclosure import Extent
from tests.factories import (
    make_chief,
    make_policy,
    make_ratings,
    make_section,
    make_staff,
)
from tests.results.closing.city import CODE, FAIR, GOOD, NOW, POOR, TODAY, make_city
from tests.results.closing.test_correction import set_aside

pytestmark = pytest.mark.usefixtures("clock")

LEADER_FIRST = {"recipient": 1, "grassroots": 0, "collaborator": 0, "leader": 99}
NOT_TOLD = "members with evidence under the draft is not told"


def previewed(hr: FlaskClient, rules: PolicyRules) -> str:
    """The page of a draft that is tried on the closed quarter."""
    draft = make_policy(rules, state=PolicyState.DRAFT, adopted_at=None)
    page: str = hr.get(f"/policies/{draft.version}/preview").text
    adopting = hr.get(f"/policies/{draft.version}/adopt").text
    assert (NOT_TOLD in page) == (NOT_TOLD in adopting)
    return page


def row_of(page: str, section: Section) -> str:
    """The row of a section, as text."""
    found = re.search(rf'<th scope="row">{section.name}</th>(.*?)</tr>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]*>", " ", found[1])


def is_tried(page: str, section: Section) -> bool:
    return "Not tried" not in row_of(page, section)


def rated_by_leaders(ballots: int, levels: tuple[int, ...] = GOOD) -> Section:
    """Make a section whose chief and member have as many ballots of the leader, and many others."""
    section = make_section()
    for person in (make_chief(section), make_staff(section)):
        make_ratings(person, section, [FAIR] * 34)
        make_ratings(person, section, [levels] * ballots, rater_group=RaterGroup.LEADER)
    return section


def test_a_small_group_is_not_weighed_at_will(officer: User, hr: FlaskClient) -> None:
    few, many, one_group = rated_by_leaders(2, POOR), rated_by_leaders(5), make_city()[1]
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    page = previewed(hr, PolicyRules(group_weights=LEADER_FIRST))
    assert not is_tried(page, few)
    assert is_tried(page, many)
    assert is_tried(page, one_group)
    assert "Sections not tried: 1." in page
    assert NOT_TOLD in page


@pytest.mark.parametrize("rules", [PolicyRules(interview_line=20), PolicyRules(chief_counts=False)])
def test_other_rules_are_tried_on_every_section(
    officer: User, hr: FlaskClient, rules: PolicyRules
) -> None:
    few = rated_by_leaders(2)
    make_city()
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    page = previewed(hr, rules)
    assert is_tried(page, few)
    assert "Sections not tried" not in page
    assert NOT_TOLD not in page


def test_a_draft_takes_no_single_ballots_of_a_group_in_or_out(
    officer: User, hr: FlaskClient
) -> None:
    low, high = make_city()
    for person in [make_staff(low) for _ in range(4)]:
        make_ratings(person, low, [FAIR] * 30)
        make_ratings(person, low, [POOR] * 4, rater_group=RaterGroup.GRASSROOTS)
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    assert is_tried(previewed(hr, PolicyRules(group_weights=LEADER_FIRST)), high)
    page = previewed(hr, PolicyRules(min_n_group=5))
    assert not is_tried(page, low)
    assert is_tried(page, high)


def test_no_score_of_fewer_ballots_is_shown_before_it_is_adopted(
    officer: User, hr: FlaskClient
) -> None:
    make_city()
    section = make_section()
    make_ratings(make_chief(section), section, [POOR] * 7)
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    page = previewed(hr, PolicyRules(min_n_display=5))
    assert "40" not in row_of(page, section)
    assert "scores from 10 ballots on" in page


def test_a_draft_tells_no_more_of_a_section_than_its_frozen_row(
    officer: User, hr: FlaskClient
) -> None:
    low, high = make_city()
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    set_aside(low)
    corrected = correct(officer.actor, CODE, "第12号决定", now=NOW)
    query = select(SectionScore).filter_by(result_id=corrected.id, section_id=low.id)
    assert db.session.scalars(query).one().extent is Extent.WHOLE
    page = previewed(hr, PolicyRules(interview_line=50))
    assert not is_tried(page, low)
    assert is_tried(page, high)
