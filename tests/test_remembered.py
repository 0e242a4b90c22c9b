"""Rows that another process made are as good as those made here."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Organ
from tests.factories import make_organ, serial_numbers
from tests.remembered import Copy


@pytest.mark.only("sqlite", "its file is put back whole, also where rows were")
def test_factories_go_on_after_the_numbers_of_rows_put_back(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Copy.take(make_organ(), tmp_path)
    monkeypatch.setattr(serial_numbers, "reached", copy.numbered - 1)  # As in another worker.
    copy.put_back()
    make_organ()
    assert db.session.scalar(select(func.count()).select_from(Organ)) == 2
