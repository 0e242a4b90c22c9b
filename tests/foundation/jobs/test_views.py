from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.pages import now
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.service import start_job
from tests.factories import JULY, make_organ, make_user, save

SignIn = Callable[[User], FlaskClient]


def test_a_running_job_shows_its_progress_and_looks_again(queued: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = start_job(user.actor, "test.write", {}, now=JULY)
    client = sign_in(user)
    assert "Waits for other work" in client.get(f"/jobs/{job.id}").text
    job.state, job.worker = JobState.RUNNING, "w"
    save(job)
    signals.send_heartbeat("w", now())
    signals.show_progress(job.run_id, signals.JobProgress(1234, 5000, "Writing"))
    page = client.get(f"/jobs/{job.id}").text
    assert 'http-equiv="refresh"' in page
    assert 'max="5000" value="1234"' in page
    assert "Writing: 1\u202f234 of 5\u202f000" in page
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 303
    assert "asked to stop" in client.get(f"/jobs/{job.id}").text


def test_a_done_job_says_what_came_of_it_and_gives_its_file(app: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = start_job(user.actor, "test.write", {}, now=JULY)
    client = sign_in(user)
    page = client.get(f"/jobs/{job.id}").text
    assert "2 lines" in page
    assert 'href="/there"' in page
    assert 'http-equiv="refresh"' not in page
    answer = client.get(f"/jobs/{job.id}/file", buffered=True)
    assert answer.text == f"{user.display_name} 2026"
    assert "filename*=UTF-8''%E5%90%8D%E5%8D%95.txt" in answer.headers["Content-Disposition"]


def test_a_refused_job_says_why_and_can_be_started_again(app: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = start_job(user.actor, "test.refuse", {}, now=JULY)
    client = sign_in(user)
    assert "2026-Q3 has not ended yet." in client.get(f"/jobs/{job.id}").text
    assert client.post(f"/jobs/{job.id}/again").status_code == 303
    assert job.attempt == 2


def test_a_lost_job_says_so_and_can_be_started_again(app: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = save(
        Job(
            kind="test.write",
            params={},
            state=JobState.RUNNING,
            worker="gone",
            user_id=user.id,
            scope=scope_of(user.actor),
            created_at=JULY,
        )
    )
    client = sign_in(user)
    assert "was stopped before it came to an end" in client.get(f"/jobs/{job.id}").text
    client.post(f"/jobs/{job.id}/again")
    assert job.state is JobState.DONE


def test_a_job_that_moved_on_is_not_cancelled(app: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = start_job(user.actor, "test.write", {}, now=JULY)
    assert sign_in(user).post(f"/jobs/{job.id}/cancel").status_code == 409


def test_the_list_has_the_own_jobs_and_says_when_there_are_none(
    app: Flask, sign_in: SignIn
) -> None:
    user, other = make_user(Role.CHIEF), make_user(Role.CHIEF)
    start_job(user.actor, "test.write", {}, now=JULY)
    assert "Write a file" in sign_in(user).get("/jobs/").text
    assert "No background work yet" in sign_in(other).get("/jobs/").text


@pytest.mark.parametrize("path", ["", "/file"])
def test_a_job_of_somebody_else_is_absent(app: Flask, sign_in: SignIn, path: str) -> None:
    job = start_job(make_user(Role.CHIEF).actor, "test.write", {}, now=JULY)
    assert sign_in(make_user(Role.CHIEF)).get(f"/jobs/{job.id}{path}").status_code == 404
    assert app.test_client().get(f"/jobs/{job.id}{path}").status_code in {302, 303, 401}


def test_the_personnel_office_shares_its_jobs_within_the_same_scope(
    app: Flask, sign_in: SignIn
) -> None:
    here, there = make_organ(), make_organ()
    of_here = start_job(make_user(organ_id=here.id).actor, "test.write", {}, now=JULY)
    nightly = start_job(SYSTEM, "jobs.tidy", {}, now=JULY)

    def may_see(user: User, job: Job) -> bool:
        return sign_in(user).get(f"/jobs/{job.id}").status_code == 200

    city = make_user()
    assert may_see(city, of_here)
    assert may_see(city, nightly)
    assert may_see(make_user(organ_id=here.id), of_here)
    assert not may_see(make_user(organ_id=there.id), of_here)
    assert not may_see(make_user(organ_id=there.id), nightly)


def test_a_new_role_does_not_inherit_old_files(app: Flask, sign_in: SignIn) -> None:
    user = make_user()
    job = start_job(user.actor, "test.write", {}, now=JULY)
    user.role = Role.CHIEF
    save(user)
    assert sign_in(user).get(f"/jobs/{job.id}/file").status_code == 404
