from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.organisation.policies.limits import (
    DAYS,
    MONTHS,
    WORKING_DAYS,
    Limit,
    LimitSection,
)
from evalsys.organisation.policies.registry import add_limits, all_limits, all_rules, rule_named
from evalsys.organisation.policies.rules import (
    CHIEF_COUNTS,
    DIMENSIONS,
    GROUP_WEIGHTS,
    MIN_COVERAGE,
    MIN_N_DISPLAY,
    OWN,
    RATER_GROUPS,
    PolicyRules,
)
from evalsys.organisation.policies.words import difference_words, value_words
from evalsys.ratings import LIMITS
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.comments import limits as comments
from evalsys.ratings.counting import limits as counting
from evalsys.ratings.tickets.limits import VALID
from tests.factories import with_limits

NUMBERS = [rule for rule in OWN.values() if isinstance(rule, Limit)]
BROUGHT = [rule for one in LIMITS for rule in one.rules if isinstance(rule, Limit)]
weights = st.integers(0, 100)
numbers = st.fixed_dictionaries({rule.name: st.integers(*rule.between) for rule in NUMBERS})
limits = st.fixed_dictionaries({}, optional={r.name: st.integers(*r.between) for r in BROUGHT})


def some(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries(dict.fromkeys(names, weights)).filter(lambda w: any(w.values()))


policies = st.builds(
    lambda values, dimensions, groups, chief, held: PolicyRules(
        dimension_weights=dimensions,
        group_weights=groups,
        chief_counts=chief,
        limits=held,
        **values,
    ),
    numbers,
    some(DIMENSIONS),
    some(RATER_GROUPS),
    st.booleans(),
    limits,
)


def test_the_defaults_are_those_that_were_decided() -> None:
    rules = PolicyRules()
    assert dict(rules.dimension_weights) == dict.fromkeys(DIMENSIONS, 25)
    assert list(rules.group_weights.values()) == [60, 20, 10, 10]
    assert (rules.min_n_display, rules.min_n_consequence, rules.min_coverage) == (10, 30, 60)
    assert (rules.interview_line, rules.commend_line, rules.evidence_line) == (70, 90, 60)
    assert (rules.probability, rules.reliability, rules[VALID]) == (90, 70, 5)
    assert dict(rules.basis) == {rule.name: rule.basis for rule in OWN.values() if rule.basis}


def test_the_groups_are_those_of_the_ratings() -> None:
    assert set(RATER_GROUPS) == set(RaterGroup)


@given(policies)
def test_what_is_written_down_is_read_back(rules: PolicyRules) -> None:
    assert PolicyRules.from_json(rules.to_json()) == rules
    assert all(rules[rule] == rules.completed(BROUGHT)[rule] for rule in BROUGHT)


@pytest.mark.parametrize("rule", NUMBERS, ids=lambda rule: rule.name)
def test_a_number_outside_its_range_is_refused(rule: Limit) -> None:
    low, high = rule.between
    for value in (low - 1, high + 1):
        with pytest.raises(DomainError, match=f"{rule.name}: {value}"):
            PolicyRules().changed(**{rule.name: value})
    for value in (low, high):
        PolicyRules().changed(**{rule.name: value})


@pytest.mark.usefixtures("app")
def test_no_limit_of_a_feature_gets_into_a_version_outside_its_range() -> None:
    brought = [one for one in all_rules() if isinstance(one, Limit) and one.name not in OWN]
    assert len(brought) > 30
    for rule in brought:
        low, high = rule.between
        assert low <= rule.default <= high
        for value in (low - 1, high + 1):
            with pytest.raises(DomainError, match=f"{rule.name}: {value}"):
                with_limits({rule: value}).completed(all_rules())


@pytest.mark.parametrize("name", ["dimension_weights", "group_weights"])
def test_weights_are_percents_and_not_all_zero(name: str) -> None:
    weights = getattr(PolicyRules(), name)
    first = next(iter(weights))
    for value in (-1, 101):
        with pytest.raises(DomainError, match=rf"{name}\.{first}"):
            PolicyRules().changed(**{name: {**weights, first: value}})
    nothing: Any = dict.fromkeys(weights, 0)
    with pytest.raises(DomainError, match="at least one weight must be above 0"):
        PolicyRules().changed(**{name: nothing})


def test_an_older_version_that_did_not_know_a_rule_gets_its_default() -> None:
    data = with_limits({VALID: 7}).to_json()
    del data["min_group"]
    read = PolicyRules.from_json(data)
    assert read == with_limits({VALID: 7})
    assert (read[VALID], read[counting.BATCH]) == (7, 20)


def test_a_default_comes_with_its_basis_and_a_value_with_its_own() -> None:
    data = with_limits({VALID: 7}).to_json()
    assert PolicyRules.from_json(data).basis_of(VALID) == VALID.basis, "as it was drafted"
    del data["basis"][VALID.name]
    assert PolicyRules.from_json(data).basis_of(VALID) == "", "somebody took it out"
    del data[VALID.name]
    assert PolicyRules.from_json(data).basis_of(VALID) == VALID.basis, "it knew nothing of it"


def test_what_a_version_says_of_a_feature_that_is_gone_is_not_read() -> None:
    rules = PolicyRules.from_json(PolicyRules().to_json() | {"forgotten": 1})
    assert rules.completed([*OWN.values(), VALID]).limits == {VALID.name: 5}


def test_a_rule_that_would_move_old_scores_has_the_value_that_leaves_them() -> None:
    data = PolicyRules().to_json()
    del data["min_n_group"]
    assert PolicyRules.from_json(data) == PolicyRules(min_n_group=1)


def test_the_display_minimum_can_never_be_so_low_that_one_rater_is_seen() -> None:
    for rule in (MIN_N_DISPLAY, comments.BATCH, counting.BATCH):
        assert rule.between[0] >= 5


@pytest.mark.usefixtures("app")
def test_every_rule_of_the_policy_itself_is_a_field_and_stands_on_the_form() -> None:
    assert OWN.keys() == PolicyRules().to_json().keys() - {"basis"}
    assert OWN.keys() < {rule.name for rule in all_rules()}


TERMS = {"wd": WORKING_DAYS, "d": DAYS, "months": MONTHS}


@pytest.mark.usefixtures("app")
def test_a_term_counts_in_what_its_name_ends_in() -> None:
    terms = [rule for rule in all_rules() if rule.name.rpartition("_")[2] in TERMS]
    counted = {rule.unit for rule in terms if isinstance(rule, Limit)}
    assert counted == {WORKING_DAYS, DAYS, MONTHS}
    for rule in terms:
        assert isinstance(rule, Limit)
        assert rule.unit == TERMS[rule.name.rpartition("_")[2]]


def test_limits_of_one_title_stand_together_and_a_name_is_taken_once(app: Flask) -> None:
    known = app.extensions["evalsys.limits"]
    app.extensions["evalsys.limits"] = {title: [*rules] for title, rules in known.items()}
    try:
        late = Limit("late_wd", "Late", 5, (1, 9), WORKING_DAYS)
        add_limits(app, LimitSection(LIMITS[0].title, (late,)))
        tickets = next(one for one in all_limits() if one.title == LIMITS[0].title)
        assert tickets.rules[-1] is rule_named("late_wd") is late
        with pytest.raises(ValueError, match="two rules of the policy named late_wd"):
            add_limits(app, LimitSection("Elsewhere", (late,)))
    finally:
        app.extensions["evalsys.limits"] = known


@pytest.mark.usefixtures("app")
def test_a_value_is_written_with_its_unit() -> None:
    rules = PolicyRules()
    assert value_words(MIN_COVERAGE, rules) == "60 %"
    assert value_words(VALID, rules) == "5 working days"
    assert value_words(CHIEF_COUNTS, rules) == "yes"
    assert value_words(GROUP_WEIGHTS, rules).startswith("service recipients 60, ")


@pytest.mark.usefixtures("app")
def test_differences_are_told_in_words_the_legal_basis_too() -> None:
    before = PolicyRules()
    basis = {**before.basis, VALID.name: "市政府令第9号"}
    after = with_limits({VALID: 7}, before).changed(basis=basis)
    assert difference_words(before, after) == [
        ("Days on which a slip is valid after the service", "5 working days", "7 working days"),
        (
            "Legal basis: Days on which a slip is valid after the service",
            VALID.basis,
            "市政府令第9号",
        ),
    ]
    assert difference_words(before, before.completed(all_rules())) == []
