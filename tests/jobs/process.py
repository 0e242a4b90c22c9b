"""A real worker process on the database of a test: `python -m tests.jobs.process URI FOLDER`."""

import sys
from pathlib import Path

from evalsys.jobs.worker import work
from tests.conftest import make_app
from tests.jobs import handlers

if __name__ == "__main__":
    assert handlers
    uri, folder = sys.argv[1:]
    work(make_app(uri, Path(folder), JOBS_IMMEDIATE=False), threads=2, periodic=False)
