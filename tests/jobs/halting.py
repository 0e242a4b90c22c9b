"""A worker that halts in the midst of a closing: `python -m tests.jobs.halting URI FOLDER MARK`."""

import sys
import time
from pathlib import Path
from unittest.mock import patch

from evalsys.jobs.worker import work
from tests.conftest import make_app

if __name__ == "__main__":
    uri, folder, mark = sys.argv[1:]

    def halt(*_args: object, **_kwargs: object) -> None:
        Path(mark).touch()
        time.sleep(600)

    with patch("evalsys.closing.service._draft_proposals", halt):
        work(make_app(uri, Path(folder), JOBS_IMMEDIATE=False), threads=2, periodic=False)
