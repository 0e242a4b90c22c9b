"""No phone number of a citizen stays in what staff write into a case."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Evidence
from evalsys.cases.engine.rules.entries import check_entry
from evalsys.cases.engine.rules.machine import Field, FieldKind
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from tests.personnel.feedback.reviews import COUNTED, NOW, PHONE, Hall

TYPED = "已电话联系138 1234 5678和0532-88881234；受理号20261124138123456780。"
KEPT = "已电话联系138****5678和053****1234；受理号20261124138123456780。"


@pytest.fixture
def hall(app: Flask) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        yield Hall()


@pytest.mark.parametrize("kind", [FieldKind.TEXT, FieldKind.ANSWERS])
def test_no_free_text_of_a_step_keeps_a_number(kind: FieldKind) -> None:
    assert check_entry((Field("said", "Said", kind),), {"said": TYPED}) == {"said": KEPT}


def test_a_step_and_evidence_hide_what_was_typed(
    hall: Hall, sign_in: Callable[[User], FlaskClient]
) -> None:
    case = hall.classified(PHONE)
    client = sign_in(hall.chief_user)
    piece = {"kind": EvidenceKind.COMPLAINT.value, "title": TYPED, "body": TYPED}
    client.post(f"/cases/{case.id}/evidence", data=piece)
    [found] = db.session.scalars(select(Evidence)).all()
    assert (found.title, found.body) == (KEPT, KEPT)
    entry = {"done_on": f"{COUNTED}", "measures": TYPED}
    assert client.post(f"/cases/{case.id}/step/rectify", data=entry).status_code == 303
    made = db.session.scalars(select(CaseStep).filter_by(name="rectify")).one()
    assert made.entry["measures"] == KEPT
    assert "138 1234 5678" not in client.get(f"/cases/{case.id}").text
