from collections.abc import Iterator

import pytest
from flask import Flask

from tests.cases.mailbox import Mailbox, mail_server, use_mail
from tests.cases.office import Office


@pytest.fixture
def office(app: Flask) -> Office:
    return Office()


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with mail_server() as (box, port):
        use_mail(app, port)
        yield box
