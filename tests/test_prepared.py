"""A process that was prepared is as good as one that begins from nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests import prepared, production

MODULES = "import json, sys, wsgi; print(json.dumps(sorted(sys.modules)))"
ITSELF = """
import os, sys
print(sys.stdin.read(), os.environ["PLACE"], sys.argv, os.getcwd(), os.getppid())
print("坏", file=sys.stderr)
sys.exit(3)
"""


def python(code: str, *more: str) -> list[str]:
    return [sys.executable, "-c", code, *more]


def test_it_has_imported_what_a_process_from_nothing_has(app: Flask) -> None:
    how: Any = {"cwd": production.ROOT, "env": production.environment(app)}
    line = python(MODULES)
    done = subprocess.run(line, capture_output=True, check=True, **how)
    ours = json.loads(prepared.run(line, **how).stdout)
    theirs = json.loads(done.stdout)
    assert "evalsys.features" in theirs
    libraries = {name.partition(".")[0] for name in {*ours} ^ {*theirs}} - sys.stdlib_module_names
    assert libraries == set()


def test_it_has_streams_settings_folder_and_exit_code_of_its_own(tmp_path: Path) -> None:
    env = {"PLACE": "hall"}
    done = prepared.run(python(ITSELF, "a", "b"), stdin="汉字", cwd=tmp_path, env=env)
    assert done.stdout == f"汉字 hall ['-c', 'a', 'b'] {tmp_path} {os.getpid()}\n"
    assert (done.stderr, done.returncode) == ("坏\n", 3)
    done = prepared.run(python("import sys; print('PLACE' in sys.modules['os'].environ); 1 / 0"))
    assert (done.stdout, done.returncode) == ("False\n", 1)
    assert "ZeroDivisionError" in done.stderr


def test_it_can_be_killed_and_outlives_nobody() -> None:
    with prepared.Popen[str](
        python("import time; print('here', flush=True); time.sleep(600)"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
