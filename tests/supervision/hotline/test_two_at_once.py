"""Two lists with the same tickets are written at once: each ticket and each matter comes once."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.lists import Hidden
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.imports.check import (
    check_list,
    headings_of,
    name_columns,
    receive_list,
)
from evalsys.supervision.hotline.imports.columns import guess
from evalsys.supervision.hotline.imports.queries import get_import
from evalsys.supervision.hotline.imports.service import begin_writing, write_list
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.numbers import AlreadyOnFile
from tests.supervision.hotline.lists import as_csv, row
from tests.supervision.office import NOW, Supervision


def confirmed(office: Supervision, name: str, numbers: range) -> int:
    """Send a list, name its columns, try and confirm it."""
    actor, content = office.office, as_csv([row(f"RX-{n}") for n in numbers])
    it = receive_list(actor, name, content, now=NOW)
    name_columns(actor, it, guess(headings_of(it), {}), Hidden.ASK, now=NOW)
    it = check_list(Progress(), actor, it, now=NOW)
    begin_writing(actor, it, now=NOW)
    return it.id


@pytest.mark.usefixtures("app")
def test_a_run_that_broke_off_goes_on_where_it_was() -> None:
    office = Supervision()
    key = confirmed(office, "a.csv", range(1_200))

    class Broken(Progress):
        def advance(self, n: int = 1) -> None:
            super().advance(n)
            if self.done >= 1_000:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_list(Broken(), office.office, get_import(office.office, key), now=NOW)
    assert db.session.scalar(select(func.count()).select_from(HotlineTicket)) == 1_000
    later = NOW + timedelta(hours=1)
    done = write_list(Progress(), office.office, get_import(office.office, key), now=later)
    assert done.written == {"new": 1_200, "changed": 0, "matters": 1_200, "following": 0}
    assert db.session.scalar(select(func.count()).select_from(HotlineTicket)) == 1_200


def test_two_lists_at_once_bring_each_ticket_once(app: Flask) -> None:
    office = Supervision()
    actor = office.office
    keys = [confirmed(office, "a.csv", range(40)), confirmed(office, "b.csv", range(20, 60))]
    starts, failed = threading.Barrier(2), []

    def write(key: int) -> None:
        with app.app_context():
            starts.wait()
            try:
                write_list(Progress(), actor, get_import(actor, key), now=NOW)
            except Exception as error:  # noqa: BLE001  # Told below, in the thread of the test.
                failed.append(error)

    db.session.rollback()
    threads = [threading.Thread(target=write, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    written = [get_import(actor, key).written for key in keys]
    assert sum(one["new"] for one in written) == sum(one["matters"] for one in written) == 60
    for model in (HotlineTicket, Matter):
        assert db.session.scalar(select(func.count()).select_from(model)) == 60


def test_a_number_taken_in_by_hand_meanwhile_is_one_matter(app: Flask) -> None:
    office = Supervision()
    key = confirmed(office, "a.csv", range(20))
    organ_id = office.organ.id
    starts, failed = threading.Barrier(2), []

    def write() -> None:
        with app.app_context():
            starts.wait()
            try:
                write_list(Progress(), office.office, get_import(office.office, key), now=NOW)
            except Exception as error:  # noqa: BLE001  # Told below, in the thread of the test.
                failed.append(error)

    def take_in() -> None:
        with app.app_context():
            starts.wait()
            organ = db.session.get_one(Organ, organ_id)
            for n in range(20):
                entry = MatterEntry(MatterSource.HOTLINE, organ, "标题", "内容", f"rx-{n}")
                with suppress(AlreadyOnFile):
                    open_matter(office.office, entry, now=NOW)

    db.session.rollback()
    threads = [threading.Thread(target=one) for one in (write, take_in)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 20
    without = select(func.count()).where(HotlineTicket.matter_id.is_(None))
    assert db.session.scalar(without) == 0
