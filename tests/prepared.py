"""Processes of Python that begin where the product has been imported, and nothing else was done.

A command of production takes three seconds of processor time, of which all but half a second goes
into importing, and the tests start hundreds. So one process imports once, and forks: what begins
there reads its settings, makes its application and opens its files itself, has memory, output and
an exit code of its own, and can be killed. `tests/test_prepared.py` holds that it has imported what
a process from nothing has. `make run`, the servers of the browser tests, of a second machine and of
measurements, and `tests.production.inventory` begin from nothing.

Only Linux can give a process to another parent; elsewhere all of them begin from nothing.
"""

import atexit
import ctypes
import functools
import gc
import importlib
import os
import pickle
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, AnyStr, NamedTuple, cast

ROOT = Path(__file__).parents[1]
SET_CHILD_SUBREAPER = 36  # of prctl: whoever of our descendants loses its parent becomes our child
_asking = threading.Lock()


class Order(NamedTuple):
    """What is to begin."""

    words: list[str]  # as after `python`: -m or -c, and more
    folder: str
    settings: dict[str, str]
    streams: list[int]  # numbers of files, in the process that reads this
    is_apart: bool  # in a session of its own, to be killed with all that it starts


class Popen(subprocess.Popen[AnyStr]):
    """As that of the standard library, for `[sys.executable, "-m" or "-c", ...]`."""

    if sys.platform == "linux":

        def _execute_child(self, args: Any, *more: Any) -> None:
            """Let the other process do what the standard library does here."""
            words, ends = [os.fspath(word) for word in args], more[9:15]
            if words[0] != sys.executable or words[1] not in {"-m", "-c"} or more[21] != -1:
                raise ValueError(words)
            streams = [n if end == -1 else end for n, end in enumerate(ends[i] for i in (0, 3, 5))]
            folder, settings = os.fspath(more[4] or Path.cwd()), more[5]
            order = Order(words[1:], folder, dict(settings or os.environ), streams, more[20])
            self.pid = _preparation().begin(order)
            self._child_created = True
            cast("Any", self)._close_pipe_fds(*ends)  # noqa: SLF001  # Replaced as well.


def run(
    words: Sequence[str], *, stdin: str | None = None, timeout: float | None = None, **how: Any
) -> subprocess.CompletedProcess[str]:
    """Run such a process to its end, with what it writes as text."""
    pipe = subprocess.PIPE
    given = None if stdin is None else pipe
    with Popen[str](words, stdin=given, stdout=pipe, stderr=pipe, text=True, **how) as process:
        try:
            out, err = process.communicate(stdin, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@functools.cache
def _preparation() -> "_Preparation":
    made = _Preparation()
    atexit.register(made.close)
    return made


class _Preparation:
    """The process that imports once, as seen by the one that asks."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, __file__, str(number)]
            self.process = subprocess.Popen(command, cwd=ROOT, pass_fds=[number])

    def begin(self, order: Order) -> int:
        """Start a process, which is our child; return its number."""
        words = order._asdict()
        streams = words.pop("streams")
        parcel = pickle.dumps(words)
        prctl = ctypes.CDLL(None).prctl
        with _asking:
            prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(self.socket, [len(parcel).to_bytes(8, "big")], streams)
                self.socket.sendall(parcel)
                number = int.from_bytes(self.socket.recv(8), "big")
            finally:
                prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        if not number:
            raise RuntimeError("the process that begins others has ended")
        return number

    def close(self) -> None:
        """Let it end: nobody asks any more."""
        self.socket.close()
        self.process.wait()


def _orders(asked: socket.socket) -> Iterator[Order]:
    """Yield what is to begin until nobody asks any more."""
    while True:
        length, streams, *_ = socket.recv_fds(asked, 8, 3)
        if not length:
            return
        parcel = asked.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        yield Order(streams=streams, **pickle.loads(parcel))  # noqa: S301  # Our own.


def _wait_for_order(asked: socket.socket) -> Order | None:
    """Fork at each order, and return it in the new process; None when nobody asks any more."""
    for order in _orders(asked):
        out, into = os.pipe()
        between = os.fork()
        if not between:
            number = os.fork()
            if not number:
                os.close(out)
                os.close(into)
                return order
            os.write(into, number.to_bytes(8, "big"))
            os._exit(0)  # The new process has lost its parent, and becomes the child of who asked.
        os.waitpid(between, 0)
        asked.sendall(os.read(out, 8))
        for number in (out, into, *order.streams):
            os.close(number)
    return None


def _become(order: Order) -> None:
    """Be the process that was asked for."""
    if order.is_apart:
        os.setsid()
    for number, stream in enumerate(order.streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.settings)
    way, what, *more = order.words
    sys.argv[:] = [way, *more]
    sys.path[0] = order.folder if way == "-m" else ""
    if way == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102


def _prepare() -> None:
    """Import what `wsgi` imports before it makes the application."""
    sys.path[0] = str(ROOT)
    for name in ("features", "operations.debugging", "operations.secret_check"):
        importlib.import_module(f"evalsys.{name}")
    if threading.active_count() != 1:
        raise RuntimeError("what has threads cannot fork")
    gc.freeze()


if __name__ == "__main__":
    _prepare()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        order = _wait_for_order(asked)
    if order is not None:
        _become(order)
