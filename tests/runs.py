"""What the processes of one run of the tests have in common: a folder, and who made what in it."""

import atexit
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "EVALSYS_TEST_FOLDER"  # The setting by which the processes of a run find it.


@contextmanager
def once_a_run(name: str) -> Iterator[Path]:
    """Yield a folder of all processes of a run of the tests, for one of them at a time."""
    place = shared_folder() / name
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


@functools.cache
def shared_folder() -> Path:
    """The folder of a run; the first of its processes makes it, and removes it at the end."""
    if name := os.environ.get(FOLDER):
        return Path(name)
    made = Path(tempfile.mkdtemp(prefix="evalsys-remembered-"))
    atexit.register(shutil.rmtree, made)
    os.environ[FOLDER] = str(made)
    return made
