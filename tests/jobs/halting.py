"""A worker that halts at a place: `python -m tests.jobs.halting URI FOLDER MARK PLACE`."""

import sys
import time
from pathlib import Path
from unittest.mock import patch

from evalsys.jobs.worker import work
from tests.conftest import make_app

if __name__ == "__main__":
    uri, folder, mark, place = sys.argv[1:]

    def halt(*_args: object, **_kwargs: object) -> None:
        Path(mark).touch()
        time.sleep(600)

    with patch(place, halt):
        work(make_app(uri, Path(folder), JOBS_IMMEDIATE=False), threads=2, periodic=False)
