"""The download of the audit log: long, streamed, and over a slow connection."""

import pytest
from flask import Flask

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts import audit_queries
from tests.factories import make_user
from tests.foundation.accounts.test_views import SignIn, write_lines


def test_who_takes_a_long_log_slowly_keeps_no_transaction_open(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_queries, "CHUNK", 3)
    write_lines(10)
    answer = sign_in(make_user(Role.AUDITOR)).get("/audit.csv?action=org:change")
    assert answer.is_streamed
    taken = []
    for piece in answer.response:
        taken.append(piece)
        assert not db.session().in_transaction()
    assert len(taken) == 1 + 4, "the headings, and ten lines by threes"
