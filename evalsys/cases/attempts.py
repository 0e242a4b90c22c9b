"""Taking a step from a page: done, or told in words why not, with the form as it was typed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from evalsys.cases.entries import BadEntry
from evalsys.cases.file_rules import BadFile
from evalsys.cases.rules import NoSuchMove, NotReady, NotYourStep
from evalsys.cases.service import take_step
from evalsys.cases.words import problem_words
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotHere
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor


def attempt(  # noqa: PLR0913  # Each is a part of the step.
    actor: Actor,
    case_id: int,
    name: str,
    entry: Mapping[str, Any],
    *,
    now: datetime,
    files: Sequence[FileStorage] = (),
) -> str:
    """Take a step with its files; return why nothing was done, or nothing.

    Raises NotHere, NoSuchMove or NotYourStep: then the form is not the visitor's at all.
    """
    try:
        take_step(actor, case_id, name, entry, now=now, files=files)
    except (NotHere, NoSuchMove, NotYourStep):
        raise
    except (BadEntry, BadFile) as error:
        problem = problem_words(error)
    except NotReady:
        problem = _("Something that this step needs is missing; see below.")
    except DomainError as error:
        problem = words_of(error)
    else:
        return ""
    db.session.rollback()
    return str(problem)
