"""A worker that halts at a place: `-m tests.foundation.jobs.halting URI FOLDER MARK PLACE`.

Its secret key is EVALSYS_SECRET_KEY, or else that of the tests.
"""

import os
import sys
import time
from pathlib import Path
from unittest.mock import patch

from evalsys.foundation.jobs.worker import work
from tests.applications import make_app

if __name__ == "__main__":
    uri, folder, mark, place = sys.argv[1:]

    def halt(*_args: object, **_kwargs: object) -> None:
        Path(mark).touch()
        time.sleep(600)

    secret = os.environ.get("EVALSYS_SECRET_KEY")
    settings = {"SECRET_KEY": secret} if secret else {}
    app = make_app(uri, Path(folder), JOBS_IMMEDIATE=False, **settings)
    with patch(place, halt):
        work(app, threads=2, periodic=False)
