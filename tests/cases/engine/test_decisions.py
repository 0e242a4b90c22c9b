"""Who was there, who stood aside, how they voted: what a collective decision must hold."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsys.cases.engine.rules.decisions import (
    collective,
    names_in,
    proposer_left_out,
    quorate,
    voters_in,
)
from evalsys.core.errors import DomainError
from evalsys.personnel.pool.rules.returns import ReturnFacts
from tests.personnel.pool.test_rules import TODAY

PEOPLE = ("赵立新", "李强", "王芳", "孙伟", "周杰", "吴敏", "郑洁", "冯涛", "陈静", "褚亮")


def minutes(there: int, votes: tuple[int, int, int], **values: Any) -> dict[str, Any]:
    numbers = dict(zip(("in_favour", "against", "abstained"), votes, strict=True))
    names = {"attendees": "、".join(PEOPLE[:there])}
    return {"entitled": 9, "present": there, **names, **numbers, **values}


@pytest.mark.parametrize(
    ("present", "votes", "words"),
    [
        (5, (5, 0, 0), "two thirds"),
        (6, (4, 1, 0), "must add up"),
        (6, (4, 1, 1), "more than half"),
        (10, (10, 0, 0), "two thirds"),
    ],
)
def test_votes_of_nine_that_do_not_carry(
    present: int, votes: tuple[int, int, int], words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        collective(minutes(present, votes))


@settings(max_examples=500)
@given(st.integers(0, 10), st.integers(0, 10), st.integers(0, 10))
def test_a_vote_carries_with_more_than_half_of_all_and_two_thirds_present(
    in_favour: int, against: int, abstained: int
) -> None:
    present = in_favour + against + abstained
    if present > len(PEOPLE):
        return
    entry = minutes(present, (in_favour, against, abstained))
    refused = ""
    try:
        collective(entry)
    except DomainError as error:
        refused = str(error)
    two_thirds, majority = "two thirds" in refused, "more than half" in refused
    assert two_thirds is (not 6 <= present <= 9)
    assert majority is (6 <= present <= 9 and in_favour < 5)
    assert bool(refused) is (two_thirds or majority)


def test_a_lost_vote_can_be_recorded_but_not_carried_out() -> None:
    lost = minutes(6, (2, 4, 0))
    quorate(lost)
    with pytest.raises(DomainError, match="The decision needs more than half of the"):
        collective(lost)


def test_names_and_numbers_agree() -> None:
    with pytest.raises(DomainError, match="people who are present and not recused, the") as refusal:
        quorate(minutes(6, (6, 0, 0), attendees="李强"))
    assert refusal.value.params == {"names": 1, "present": 6}


def test_who_is_recused_is_neither_present_nor_voting() -> None:
    entry = minutes(7, (6, 0, 0), present=6, recused="褚亮，郑洁")
    assert voters_in(entry) == list(PEOPLE[:6])
    collective(entry)


@pytest.mark.parametrize("absent", ["王芳", "王芳（出差）", "陈静(病假)、王芳 （出差、三天）"])
def test_nobody_is_present_and_absent(absent: str) -> None:
    with pytest.raises(DomainError, match="is named as present and as absent"):
        quorate(minutes(6, (6, 0, 0), absent=absent))


def test_a_post_in_brackets_hides_no_recusal() -> None:
    entry = minutes(7, (6, 0, 0), present=6, recused="郑洁")
    named = {**entry, "attendees": entry["attendees"].replace("郑洁", "郑洁（副局长）")}
    assert voters_in(named) == list(PEOPLE[:6])


@pytest.mark.parametrize("sign", ["、", ",", "，", "；", ";", "\n", " 、 "])
def test_names_are_read_with_any_sign_between_them(sign: str) -> None:
    assert names_in(sign.join(PEOPLE) + sign + PEOPLE[0]) == list(PEOPLE)


@pytest.mark.parametrize("name", ["丁卫国", "丁卫国（科长）"])
def test_the_proposer_never_votes(name: str) -> None:
    facts = ReturnFacts(TODAY, proposer="丁卫国")
    with pytest.raises(DomainError, match="proposed this and may not be among"):
        proposer_left_out({"attendees": f"赵立新、{name}、李强"}, facts)
    proposer_left_out({"attendees": f"赵立新、{name}、李强", "recused": name}, facts)
    proposer_left_out({"attendees": f"赵立新、{name}、李强", "recused": "丁卫国"}, facts)
    proposer_left_out({"attendees": "赵立新、李强"}, facts)
    proposer_left_out({"attendees": "赵立新、李强"}, ReturnFacts(TODAY))
