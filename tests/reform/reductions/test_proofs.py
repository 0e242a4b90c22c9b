"""Files of versions: added whole or not at all, read in scope, kept in the folder of files."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.papers.service import KEEPERS, folder, path_of
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.proofs.models import VersionProof
from evalsys.reform.reductions.proofs.service import MOST_PROOFS
from tests.applications import noted_statements
from tests.cases.papers.files import PLACE, jpeg, pdf
from tests.factories import make_chief, make_organ, make_policy, make_section, make_user
from tests.reform.reductions.matters import NOW, make_matter, shorten

SignIn = Callable[[User], FlaskClient]
ABOUT = "办事指南第3页，环节表"


@pytest.fixture
def section(app: Flask) -> Iterator[Section]:
    with time_machine.travel(NOW, tick=False):
        make_policy()
        yield make_section(make_organ(code="SP", name="审批局"), code="SP01", name="企业登记科")


@pytest.fixture
def version(section: Section) -> MatterVersion:
    matter = make_matter(section)
    shorten(matter, section)
    return db.session.scalars(select(MatterVersion).where(MatterVersion.number == 2)).one()


@pytest.fixture
def office(section: Section, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR, name="ducha"))


def post(client: FlaskClient, version: int, *files: tuple[bytes, str], about: str = ABOUT) -> Any:
    data = {"about": about, "files": [(BytesIO(body), name) for body, name in files]}
    path = f"/reform/reductions/versions/{version}/evidence"
    return client.post(path, data=data, content_type="multipart/form-data")


def on_disk() -> list[str]:
    return [path.name for path in folder().glob("*/*")]


def stored() -> list[VersionProof]:
    db.session.rollback()
    return list(db.session.scalars(select(VersionProof).order_by(VersionProof.id)))


def test_a_file_is_on_file_with_its_version_and_is_a_download(
    office: FlaskClient, version: MatterVersion
) -> None:
    matter_id, version_id = version.service_matter_id, version.id
    answer = post(office, version_id, (pdf(), "指南.pdf"), (jpeg(), "公示栏.jpg"))
    assert answer.status_code == 303
    document, picture = stored()
    assert (document.about, document.name, document.version_id) == (ABOUT, "指南.pdf", version_id)
    assert PLACE not in path_of(picture.stored).read_bytes(), "where a picture was taken is out"
    page = office.get(f"/reform/reductions/{matter_id}").text
    assert ABOUT in page
    assert "指南.pdf" in page
    sent = office.get(f"/reform/reductions/evidence/{document.id}")
    assert (sent.data, sent.mimetype) == (path_of(document.stored).read_bytes(), "application/pdf")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    line = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert line.details == {"version": 2, "files": 2}
    assert VersionProof in KEEPERS.all().values(), "in a backup, and left by tidying"


@pytest.mark.parametrize(
    ("files", "about", "words"),
    [
        ([], ABOUT, "Choose a file"),
        ([(pdf(), "指南.pdf")], "", "Please fill this in."),
        ([(pdf(), "指南.pdf")], "字" * 101, "At most 100 characters"),
        ([(pdf(), "指南.pdf"), (b"#!/bin/sh", "指南.pdf")], ABOUT, "A case takes PDF"),
        ([(pdf(), "甲.pdf"), (pdf(), "乙.pdf")], ABOUT, "This version has it already."),
    ],
)
def test_what_cannot_be_leaves_nothing_and_says_why(
    office: FlaskClient,
    version: MatterVersion,
    files: list[tuple[bytes, str]],
    about: str,
    words: str,
) -> None:
    answer = post(office, version.id, *files, about=about)
    assert answer.status_code == 422
    assert words in answer.text
    assert about in answer.text, "what was typed stays"
    assert (stored(), on_disk()) == ([], [])


def test_the_same_file_again_is_refused_and_kept_once(
    office: FlaskClient, version: MatterVersion
) -> None:
    version_id = version.id
    assert post(office, version_id, (pdf(), "指南.pdf")).status_code == 303
    answer = post(office, version_id, (pdf(), "又一份.pdf"), about="再传一次")
    assert (answer.status_code, "This version has it already." in answer.text) == (422, True)
    assert len(stored()) == len(on_disk()) == 1


def test_a_version_has_a_number_of_files_at_most(
    office: FlaskClient, version: MatterVersion
) -> None:
    version_id = version.id
    values = {"about": ABOUT, "name": "x.pdf", "media": "pdf", "size": 1, "at": NOW}
    for number in range(MOST_PROOFS):
        text = f"{number:032}"
        db.session.add(VersionProof(version_id=version_id, digest=text, stored=text, **values))
    db.session.commit()
    answer = post(office, version_id, (pdf(), "指南.pdf"))
    assert (answer.status_code, f"at most {MOST_PROOFS} files" in answer.text) == (422, True)
    assert on_disk() == []


def test_who_reads_the_matter_gets_the_file_and_nobody_else(
    office: FlaskClient, version: MatterVersion, section: Section, sign_in: SignIn
) -> None:
    version_id, matter_id = version.id, version.service_matter_id
    post(office, version_id, (pdf(), "指南.pdf"))
    path = f"/reform/reductions/evidence/{stored()[0].id}"
    form = f"/reform/reductions/versions/{version_id}/evidence"
    chief = sign_in(make_user(Role.CHIEF, name="kezhang", staff_id=make_chief(section).id))
    assert chief.get(path).status_code == 200
    assert chief.get(form).status_code == 404
    assert "指南.pdf" in chief.get(f"/reform/reductions/{matter_id}").text
    other = make_section(make_organ(code="RS", name="人社局"), code="RS01", name="社保科")
    far = sign_in(make_user(Role.CHIEF, name="yuan", staff_id=make_chief(other).id))
    assert far.get(path).status_code == 404
    organ = sign_in(make_user(Role.SUPERVISOR, name="organ", organ_id=other.organ_id))
    assert (organ.get(path).status_code, organ.get(form).status_code) == (404, 404)
    assert post(organ, version_id, (jpeg(), "图.jpg")).status_code == 404
    assert office.get("/reform/reductions/evidence/999").status_code == 404
    assert office.get("/reform/reductions/versions/999/evidence").status_code == 404
    assert len(stored()) == 1


def test_the_page_asks_no_more_for_many_versions_with_files(
    office: FlaskClient, version: MatterVersion
) -> None:
    post(office, version.id, (pdf(), "指南.pdf"))
    with noted_statements() as sent:
        assert office.get("/reform/reductions/1").status_code == 200
    assert len(sent) <= 12
