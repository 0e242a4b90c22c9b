from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.policies.rules import (
    DEFAULT_BASIS,
    DIMENSIONS,
    RANGES,
    RATER_GROUPS,
    BadPolicy,
    NoWeight,
    PolicyRules,
)
from evalsys.organisation.policies.words import RULES, difference_words, value_words
from evalsys.ratings.ballots.models import RaterGroup

weights = st.integers(0, 100)
numbers = st.fixed_dictionaries({n: st.integers(low, high) for n, (low, high) in RANGES.items()})


def some(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries(dict.fromkeys(names, weights)).filter(lambda w: any(w.values()))


policies = st.builds(
    lambda values, dimensions, groups, chief: PolicyRules(
        dimension_weights=dimensions, group_weights=groups, chief_counts=chief, **values
    ),
    numbers,
    some(DIMENSIONS),
    some(RATER_GROUPS),
    st.booleans(),
)


def test_the_defaults_are_those_that_were_decided() -> None:
    rules = PolicyRules()
    assert dict(rules.dimension_weights) == dict.fromkeys(DIMENSIONS, 25)
    assert list(rules.group_weights.values()) == [60, 20, 10, 10]
    assert (rules.min_n_display, rules.min_n_consequence, rules.min_coverage) == (10, 30, 60)
    assert (rules.interview_line, rules.commend_line, rules.evidence_line) == (70, 90, 60)
    assert (rules.probability, rules.reliability, rules.window_wd) == (90, 70, 5)
    assert dict(rules.basis) == DEFAULT_BASIS


def test_the_groups_are_those_of_the_ratings() -> None:
    assert set(RATER_GROUPS) == set(RaterGroup)


@given(policies)
def test_what_is_written_down_is_read_back(rules: PolicyRules) -> None:
    assert PolicyRules.from_json(rules.to_json()) == rules
    assert rules.differences(rules) == {}


@given(policies, policies)
def test_differences_lead_from_one_version_to_the_other(
    one: PolicyRules, other: PolicyRules
) -> None:
    found = one.differences(other)
    assert one.changed(**{name: there for name, (_, there) in found.items()}) == other
    assert {n: (b, a) for n, (a, b) in found.items()} == other.differences(one)


@pytest.mark.parametrize("name", sorted(RANGES))
def test_a_number_outside_its_range_is_refused(name: str) -> None:
    low, high = RANGES[name]
    for value in (low - 1, high + 1):
        with pytest.raises(BadPolicy, match=f"{name}: {value}"):
            PolicyRules().changed(**{name: value})
    for value in (low, high):
        PolicyRules().changed(**{name: value})


@pytest.mark.parametrize("name", ["dimension_weights", "group_weights"])
def test_weights_are_percents_and_not_all_zero(name: str) -> None:
    weights = getattr(PolicyRules(), name)
    first = next(iter(weights))
    for value in (-1, 101):
        with pytest.raises(BadPolicy, match=rf"{name}\.{first}"):
            PolicyRules().changed(**{name: {**weights, first: value}})
    nothing: Any = dict.fromkeys(weights, 0)
    with pytest.raises(NoWeight):
        PolicyRules().changed(**{name: nothing})


def test_an_older_version_that_did_not_know_a_rule_gets_its_default() -> None:
    data = PolicyRules(window_wd=7).to_json()
    del data["min_group"]
    data["forgotten"] = 1
    assert PolicyRules.from_json(data) == PolicyRules(window_wd=7)


def test_a_rule_that_would_move_old_scores_has_the_value_that_leaves_them() -> None:
    data = PolicyRules().to_json()
    del data["min_n_group"]
    assert PolicyRules.from_json(data) == PolicyRules(min_n_group=1)


def test_the_display_minimum_can_never_be_so_low_that_one_rater_is_seen() -> None:
    assert RANGES["min_n_display"][0] >= 5
    assert RANGES["comment_batch"][0] >= 5
    assert RANGES["count_min_batch"][0] >= 5


def test_every_rule_has_its_words_and_every_basis_a_rule() -> None:
    assert RULES.keys() == PolicyRules().to_json().keys() - {"basis"}
    assert DEFAULT_BASIS.keys() <= RULES.keys()


@pytest.mark.usefixtures("app")
def test_a_value_is_written_with_its_unit() -> None:
    assert value_words("min_coverage", 60) == "60 %"
    assert value_words("window_wd", 5) == "5 working days"
    assert value_words("chief_counts", value=True) == "yes"
    words = value_words("group_weights", dict(PolicyRules().group_weights))
    assert words.startswith("service recipients 60, ")


@pytest.mark.usefixtures("app")
def test_differences_are_told_in_words_the_legal_basis_too() -> None:
    before = PolicyRules()
    basis = {**before.basis, "window_wd": "市政府令第9号"}
    after = before.changed(window_wd=7, basis=basis)
    assert difference_words(before, after) == [
        ("Days on which a slip is valid after the service", "5 working days", "7 working days"),
        (
            "Legal basis: Days on which a slip is valid after the service",
            DEFAULT_BASIS["window_wd"],
            "市政府令第9号",
        ),
    ]
