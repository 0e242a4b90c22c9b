from datetime import datetime, time

import pytest
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.worker import keep_schedule
from evalsys.ratings.ballots.models import Intake, Rating
from tests.ratings.intake import DAY_AFTER, leave_ballots

pytestmark = pytest.mark.usefixtures("app")

NIGHT = datetime.combine(DAY_AFTER, time(2, 30), SHANGHAI)


def test_ballots_are_counted_in_the_night_after_their_window() -> None:
    leave_ballots(25)
    keep_schedule(NIGHT)
    job = db.session.scalars(select(Job).where(Job.kind == "ratings.count")).one()
    assert job.state is JobState.DONE
    assert job.result is not None
    assert job.result["params"] == {"ballots": 25, "batches": 1}
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 25
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 0
