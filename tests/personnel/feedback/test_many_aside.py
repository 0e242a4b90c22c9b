"""Many exclusions decided since the last counting: nobody waits long for the writer."""

from itertools import pairwise

from flask import Flask
from sqlalchemy import Connection, func, select, update

from evalsys.core.extensions import db
from evalsys.personnel.feedback.models import Review
from evalsys.ratings.ballots.models import Exclusion
from tests.applications import listening
from tests.personnel.feedback.reviews import COUNTED, LOW, Hall

DECIDED, MOST = 90, 25
NUMBER = select(func.count()).select_from(Exclusion)


def test_many_exclusions_are_carried_out_in_short_turns(app: Flask) -> None:
    """In one turn, three hundred of them kept every citizen waiting for four seconds."""
    hall = Hall()
    hall.count(*[LOW] * DECIDED)
    db.session.execute(update(Review).values(aside="mistaken"))
    db.session.commit()
    stored = [0]

    def note(connection: Connection) -> None:
        stored.append(connection.scalar(NUMBER) or 0)

    with listening(db.engine, "commit", note):
        done = app.test_cli_runner().invoke(args=["ratings", "count", "--now", str(COUNTED)])
    assert done.exit_code == 0, done.output
    assert stored[-1] == DECIDED
    assert max(after - before for before, after in pairwise(stored)) <= MOST
    waiting = select(func.count()).where(Review.sealed_ballot.is_not(None))
    assert db.session.scalar(waiting) == 0
