from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from evalsys.core.audit import AuditEvent, unaudited_unit, unit_of_work
from evalsys.core.errors import NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import CITIZEN, SYSTEM, Action
from evalsys.organisation.org.models import Organ
from tests.factories import make_organ

pytestmark = pytest.mark.usefixtures("app")


def test_a_change_without_an_audit_line_is_refused() -> None:
    with pytest.raises(RuntimeError, match="audit line"), unit_of_work(SYSTEM):
        db.session.add(Organ(code="A", name="Permits"))
    assert db.session.scalars(select(Organ)).all() == []


def test_an_error_leaves_neither_change_nor_line() -> None:
    organ = make_organ(name="Permits")
    with suppress(ZeroDivisionError), unit_of_work(SYSTEM) as unit:
        organ.name = "Taxes"
        unit.record(Action.ORG_CHANGE, organ)
        raise ZeroDivisionError
    assert db.session.scalars(select(Organ.name)).all() == ["Permits"]
    assert db.session.scalars(select(AuditEvent)).all() == []


def test_who_may_not_leaves_nothing() -> None:
    organ = make_organ(name="Permits")

    def rename() -> None:
        with unit_of_work(CITIZEN) as unit:
            organ.name = "Taxes"
            unit.record(Action.ORG_CHANGE, organ)

    with pytest.raises(NotAllowed):
        rename()
    assert db.session.scalars(select(Organ.name)).all() == ["Permits"]


def test_units_do_not_nest() -> None:
    with pytest.raises(RuntimeError, match="nest"), unit_of_work(SYSTEM), unaudited_unit():
        pass


def test_a_change_before_the_unit_is_refused() -> None:
    organ = make_organ(name="Permits")
    organ.name = "Taxes"
    with pytest.raises(RuntimeError, match="outside"), unit_of_work(SYSTEM):
        pass
    db.session.rollback()


@pytest.mark.parametrize("verb", ["UPDATE audit_event SET role='hr'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_an_audit_line(app: Flask, verb: str) -> None:
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.DEMO_LOAD, "city")
    with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
        connection.execute(text(verb))
