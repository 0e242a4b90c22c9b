"""The table of permissions, and the guards."""

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import NotAllowed
from evalsys.core.guards import check_every_view, current_actor, public, requires
from evalsys.core.permissions import (
    CITIZEN,
    CITY_WIDE,
    ROLE_ACTIONS,
    SYSTEM,
    Action,
    Actor,
    Role,
)

OFFICES = (Role.HR, Role.SUPERVISOR)  # Of the city, or of one organ.
ADMINISTRATORS = (Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR)
RESULTS = {
    Action.RANKING_VIEW,
    Action.RESULT_OWN,
    Action.RESULT_VIEW,
    Action.EXCHANGE_EXPORT,
    Action.COMMENT_REVIEW,
}


def test_a_citizen_may_do_nothing_that_needs_an_account() -> None:
    assert not any(CITIZEN.may(action) for action in Action)


def test_the_system_may_do_everything() -> None:
    assert all(SYSTEM.may(action) for action in Action)


def test_what_holds_for_every_organ_is_not_for_the_office_of_one() -> None:
    for role in OFFICES:
        of_the_city, of_an_organ = Actor(role), Actor(role, organ_id=1)
        assert {action for action in Action if of_the_city.may(action)} == ROLE_ACTIONS[role]
        assert {action for action in Action if of_an_organ.may(action)} == (
            ROLE_ACTIONS[role] - CITY_WIDE
        )
    assert frozenset().union(*(ROLE_ACTIONS[role] for role in OFFICES)) >= CITY_WIDE


def test_no_administrator_sees_a_rating_or_a_score() -> None:
    for role in ADMINISTRATORS:
        assert not ROLE_ACTIONS[role] & RESULTS


def test_the_discipline_organ_sees_no_score_rater_or_ballot() -> None:
    handled = {Action.HANDLED_ENTER, Action.HANDLED_EXPORT, Action.HANDLED_VIEW}
    assert not ROLE_ACTIONS[Role.DISCIPLINE] & (RESULTS | handled | {Action.PERIOD_VIEW})


def test_the_three_administrators_share_no_power() -> None:
    everybody = (
        ROLE_ACTIONS[Role.SYSADMIN] & ROLE_ACTIONS[Role.SECADMIN] & ROLE_ACTIONS[Role.AUDITOR]
    )
    own = [ROLE_ACTIONS[role] - everybody - {Action.ACCOUNT_VIEW} for role in ADMINISTRATORS]
    for number, one in enumerate(own):
        assert one
        assert not any(one & other for other in own[number + 1 :])


def test_nobody_but_the_administrators_touches_accounts_or_reads_the_audit_log() -> None:
    powers = {
        Action.ACCOUNT_CREATE,
        Action.ACCOUNT_GRANT,
        Action.ACCOUNT_DISABLE,
        Action.AUDIT_VIEW,
    }
    for role, actions in ROLE_ACTIONS.items():
        assert role in {*ADMINISTRATORS, Role.SYSTEM} or not actions & powers


def test_only_the_personnel_office_changes_figures() -> None:
    changing = {
        Action.CLOSING_CORRECT,
        Action.CLOSING_RUN,
        Action.ORG_CHANGE,
        Action.POLICY_ADOPT,
        Action.RATING_COUNT,
        Action.RATING_IMPORT,
        Action.RATING_SET_ASIDE,
    }
    for role, actions in ROLE_ACTIONS.items():
        assert role in {Role.HR, Role.SYSTEM} or not actions & changing


def test_publishing_may_be_agreed_to_by_more_than_one_role() -> None:
    may = {role for role in Role if Action.CLOSING_PUBLISH in ROLE_ACTIONS[role]}
    assert may == {Role.HR, Role.LEADER, Role.SYSTEM}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_what_a_role_may_not_do_leaves_no_audit_line(app: Flask, role: Role) -> None:
    for action in sorted(set(Action) - ROLE_ACTIONS[role]):
        with pytest.raises(NotAllowed), unit_of_work(Actor(role)) as unit:
            unit.record(action, "something")


def test_an_application_with_an_unmarked_view_does_not_start() -> None:
    app = Flask("bare")
    app.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(RuntimeError, match="open"):
        check_every_view(app)


def test_marked_views_and_files_of_the_libraries_are_enough() -> None:
    def one() -> ResponseReturnValue:
        return ""

    app = Flask("bare")
    app.add_url_rule("/one", "one", public(one))
    app.add_url_rule("/two", "two", requires(Action.HOME_VIEW)(one))
    check_every_view(app)
    assert getattr(app.view_functions["two"], "action", None) is Action.HOME_VIEW
    assert app.view_functions["two"].__name__ == "one"


def test_without_a_session_the_actor_is_a_citizen(app: Flask) -> None:
    with app.test_request_context("/"):
        assert current_actor() == CITIZEN
