from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.cases.engine.rules.machine import BACK, Move, check_conditions
from evalsys.cases.engine.rules.phones import mask_phone
from evalsys.core.errors import DomainError
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.rules.categories import Aside, Attribution, Category, aside_of
from evalsys.personnel.feedback.rules.review import (
    REVIEW,
    ReviewFacts,
    happened,
    objection_over,
    really_aside,
)

TODAY = date(2026, 11, 24)
PERSONS = {"object"}


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("attribution", Attribution)
def test_a_rating_counts_only_if_it_is_due_to_the_person_and_meant(
    category: Category, attribution: Attribution
) -> None:
    counts = aside_of(category, attribution) is None
    is_meant = category not in {Category.MISTAKEN, Category.MALICIOUS}
    assert counts == (attribution is Attribution.PERSON and is_meant)


def test_why_a_rating_does_not_count_is_said() -> None:
    assert aside_of("malicious", "process") is Aside.MALICIOUS
    assert aside_of("mistaken", "person") is Aside.MISTAKEN
    assert aside_of("justified_simple", "policy") is Aside.NOT_PERSON


@given(st.from_regex(r"1[3-9]\d{9}|0\d{10,11}", fullmatch=True))
def test_a_masked_number_hides_its_middle(number: str) -> None:
    shown = mask_phone(number)
    assert shown == f"{number[:3]}****{number[-4:]}"
    assert len(shown) == 11


def test_the_number_of_the_manual_is_masked_as_there() -> None:
    assert mask_phone("13812345678") == "138****5678"


def test_what_counts_is_not_set_aside() -> None:
    with pytest.raises(DomainError, match="A justified review that is due to the person"):
        really_aside({"category": "no_legal_basis", "attribution": "person"}, ReviewFacts(TODAY))
    really_aside({"category": "mistaken", "attribution": "person"}, ReviewFacts(TODAY))


def test_nothing_is_recorded_before_it_was_done() -> None:
    happened({"done_on": "2026-11-24"}, ReviewFacts(TODAY))
    with pytest.raises(DomainError, match="A record is written on the day itself or"):
        happened({"done_on": "2026-11-25"}, ReviewFacts(TODAY))


@given(st.integers(-5, 5), st.booleans())
def test_a_case_closes_after_the_term_for_an_objection_or_after_one(
    days: int, has_objected: bool
) -> None:
    facts = ReviewFacts(TODAY, objection_ends=TODAY + timedelta(days), has_objected=has_objected)
    assert objection_over(facts).holds == (has_objected or days < 0)


def test_the_person_does_nothing_but_object_and_never_handles_the_own_case() -> None:
    own = {move.name for move in REVIEW.moves if Duty.PERSON in move.duties}
    assert own == PERSONS


def test_an_objection_is_decided_by_another_section_alone() -> None:
    decide = [move for move in REVIEW.moves if "under_review" in move.sources]
    assert {move.name for move in decide} == {"reject_objection", "uphold_objection"}
    assert all(move.duties == ("reviewer",) for move in decide)


@dataclass(frozen=True)
class Life:
    """The steps that were taken, each with what was known before it, and what is known now."""

    has_contact: bool
    steps: tuple[tuple[str, Move, str, ReviewFacts], ...] = ()
    state: str = REVIEW.first
    before: str = REVIEW.first
    left: int | None = None
    """Days to the end of the term for an objection, None if none runs."""

    @property
    def names(self) -> list[str]:
        return [move.name for _, move, _, _ in self.steps]

    def next(self) -> "Iterator[Life]":
        """Go on by every step that the rules let pass, on the same day and some days later."""
        for days in range(5):
            left = None if self.left is None else max(self.left - days, -1)
            ends = None if left is None else TODAY + timedelta(left)
            heard, objected = "contact" in self.names, "object" in self.names
            facts = ReviewFacts(TODAY, self.has_contact, heard, objected, ends, proofs=days)
            for move in REVIEW.moves_from(self.state):
                if move.applies(facts) and all(one.holds for one in check_conditions(move, facts)):
                    yield self._after(move, facts, left)

    def _after(self, move: Move, facts: ReviewFacts, left: int | None) -> "Life":
        target = self.before if move.target == BACK else move.target
        before = self.state if move.pauses else self.before
        left = 3 if "objection_wd" in move.starts else left
        left = None if "objection_wd" in move.meets else left
        steps = (*self.steps, (self.state, move, target, facts))
        return Life(self.has_contact, steps, target, before, left)


def lives() -> Iterator[Life]:
    """Return a life for every step from every state, whatever was done before it."""
    found, ahead = set(), [Life(has_contact=True), Life(has_contact=False)]
    while ahead:
        for life in ahead.pop().next():
            yield life
            known = (replace(life, steps=()), frozenset(life.names))
            if known not in found:
                found.add(known)
                ahead.append(life)


def test_every_life_of_a_bad_review_keeps_its_order() -> None:
    ends = set()
    for life in lives():
        check_order(life.steps)
        ends.add(life.state)
    assert ends >= set(REVIEW.finals)


def check_order(life: Sequence[tuple[str, Move, str, ReviewFacts]]) -> None:
    names = [move.name for _, move, _, _ in life]
    assert names.count("object") <= 1
    assert names.count("contact") <= 1
    for before, move, after, facts in life:
        earlier = names[: names.index(move.name)]
        assert after in REVIEW.states
        if move.name in {"classify", "classify_aside"} and facts.has_contact:
            assert "contact" in earlier, "nobody is judged before the rater was heard"
        if move.name in {"set_aside", "set_aside_upheld"}:
            assert {"classify_aside", "uphold_objection"} & set(earlier), "two people"
        if after == "closed":
            assert "rectify" in earlier
            assert before == "rectified"
            is_open = facts.objection_ends is not None and facts.today <= facts.objection_ends
            assert facts.has_objected or not is_open, "the person could still object"
            assert (move.name == "close") == (not facts.has_contact)
    closings = [name for name in names if name in {"close", "call_back", "give_up"}]
    assert len(closings) <= 1, "one follow-up rating"
    if closings:
        assert names[-1] == closings[0], "nothing happens in a closed case"
