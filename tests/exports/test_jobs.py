from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.exports import service as export_service
from evalsys.exports.books import write_book
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs import runner
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.runner import run_next
from evalsys.foundation.jobs.service import restart_job
from tests.exports.books import make_closed_city
from tests.factories import make_user, save
from tests.results.closing.city import CODE

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count every workbook as long."""
    monkeypatch.setattr(export_service, "LONG", 0)


@pytest.fixture
def queued(app: Flask) -> Flask:
    """Queue jobs instead of running them immediately."""
    app.config["JOBS_IMMEDIATE"] = False
    return app


@pytest.mark.usefixtures("app", "_short")
@pytest.mark.parametrize("name", ["ratings", "bad-reviews", "members", "report"])
def test_a_long_export_is_written_by_a_job_that_ends_with_a_download(
    name: str, sign_in: SignIn
) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    answer = client.post(f"/export/{name}/{CODE}?lang=zh")
    assert answer.status_code == 303
    job = db.session.scalars(select(Job)).one()
    assert job.result is not None
    page = client.get(answer.headers["Location"]).text
    assert f'href="/jobs/{job.id}/file"' in page
    sent = client.get(f"/jobs/{job.id}/file", buffered=True)
    assert sent.status_code == 200
    assert sent.headers["Cache-Control"] == "no-store"
    assert quote("科室绩效") in sent.headers["Content-Disposition"]
    kept = files_folder() / f"{job.id}-{job.result['file']}"
    assert sent.data == kept.read_bytes()
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.EXCHANGE_EXPORT)
    ).one()
    assert (line.details["book"], line.details["rows"]) == (name, job.result["params"]["rows"])


@pytest.mark.usefixtures("app", "_short")
def test_a_link_to_a_long_export_starts_nothing(sign_in: SignIn) -> None:
    make_closed_city()
    answer = sign_in(make_user(Role.HR)).get(f"/export/ratings/{CODE}?sort=-total")
    assert answer.status_code == 200
    assert "written in the background" in answer.text
    assert "sum (descending)" in answer.text
    assert '<button class="btn btn-primary" type="submit">Make the workbook' in answer.text
    assert db.session.scalars(select(Job)).all() == []


@pytest.mark.usefixtures("app", "_short")
def test_the_file_of_a_job_is_for_the_one_who_asked_not_for_the_office(sign_in: SignIn) -> None:
    make_closed_city()
    sign_in(make_user(Role.HR)).post(f"/export/ratings/{CODE}")
    job = db.session.scalars(select(Job)).one()
    colleague = sign_in(make_user(Role.HR))
    page = colleague.get(f"/jobs/{job.id}")
    assert page.status_code == 200  # The work is seen by the whole office, its file is not.
    assert "/file" not in page.text
    assert "Only the person who asked for this file" in page.text
    assert colleague.get(f"/jobs/{job.id}/file").status_code == 404
    assert sign_in(make_user(Role.CHIEF)).get(f"/jobs/{job.id}/file").status_code == 404


@pytest.mark.usefixtures("_short")
def test_asking_again_while_the_job_waits_leads_to_the_same_job(
    queued: Flask, sign_in: SignIn
) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    first, second = (client.post(f"/export/ratings/{CODE}?lang=zh") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    other = client.post(f"/export/ratings/{CODE}?lang=en")
    assert other.headers["Location"] != first.headers["Location"]
    job = db.session.scalars(select(Job).order_by(Job.id)).first()
    assert job is not None
    job.state = JobState.CANCELLED
    save(job)
    third = client.post(f"/export/ratings/{CODE}?lang=zh")
    assert third.headers["Location"] != first.headers["Location"]


@pytest.mark.usefixtures("app")
def test_a_short_export_comes_at_once(sign_in: SignIn) -> None:
    make_closed_city()
    assert sign_in(make_user(Role.HR)).get(f"/export/ratings/{CODE}").status_code == 200
    assert db.session.scalars(select(Job)).all() == []


@pytest.mark.usefixtures("app", "_short")
def test_a_worker_that_dies_after_the_audit_line_has_made_the_file(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    client = sign_in(make_user(Role.HR))
    monkeypatch.setattr(runner, "_finish", lambda *_: None)
    client.post(f"/export/ratings/{CODE}")
    job = db.session.scalars(select(Job)).one()
    assert client.get(f"/jobs/{job.id}/file", buffered=True).status_code == 200
    assert job.state is JobState.DONE


@pytest.mark.usefixtures("_short")
def test_a_worker_that_wakes_up_late_leaves_the_file_of_the_second(
    queued: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    user = make_user(Role.HR)
    client, now = sign_in(user), datetime.now(UTC)
    client.post(f"/export/ratings/{CODE}")

    def fall_asleep(*args: Any) -> int:
        monkeypatch.setattr(export_service, "write_book", write_book)
        restart_job(user.actor, db.session.scalars(select(Job)).one(), now=now)
        assert run_next("the second", now)
        return write_book(*args)

    monkeypatch.setattr(export_service, "write_book", fall_asleep)
    assert run_next("the first", now)
    job = db.session.scalars(select(Job)).one()
    assert (job.state, job.worker) == (JobState.DONE, "the second")
    assert client.get(f"/jobs/{job.id}/file", buffered=True).status_code == 200
    lines = select(AuditEvent).where(AuditEvent.action == Action.EXCHANGE_EXPORT)
    assert len(db.session.scalars(lines).all()) == 1
