"""A worker on the database of a test: `python -m tests.foundation.jobs.process URI FOLDER`."""

import sys
from pathlib import Path

from evalsys.foundation.jobs.worker import work
from tests.applications import make_app
from tests.foundation.jobs import handlers

if __name__ == "__main__":
    uri, folder = sys.argv[1:]
    app = make_app(uri, Path(folder), JOBS_IMMEDIATE=False)
    handlers.init_app(app)
    work(app, threads=2, periodic=False)
