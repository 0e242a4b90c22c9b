"""The hook that reads the message of a commit, run as git runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commit_message import LONGEST
from tests.test_house import ROOT

WHY = "\n\nWhoever reads this in a year wants to know why.\n"
COMMENTS = "\n# Please enter the commit message.\n#\tmodified: a.py\n"


def said_of(message: str, folder: Path) -> tuple[int, str]:
    file = folder / "COMMIT_EDITMSG"
    file.write_text(message, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.commit_message", str(file)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "message",
    [
        f"{'x' * LONGEST}{WHY}",
        f"{'值' * LONGEST}{WHY}{COMMENTS}",
        f"Keep it short{WHY}\n# {'-' * 24} >8 {'-' * 24}\ndiff --git a/{'x' * 99}",
        "Merge branch 'other'",
        "fixup! Keep it short",
    ],
)
def test_a_message_with_a_why_passes(message: str, tmp_path: Path) -> None:
    assert said_of(message, tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (f"{'x' * (LONGEST + 1)}{WHY}", "61 characters"),
        ("Keep it short", "body is missing"),
        (f"Keep it short{COMMENTS}", "body is missing"),
        (f"Keep it short.{WHY}", "full stop"),
        ("Keep it short\nat once", "not blank"),
        (COMMENTS, "empty"),
    ],
)
def test_another_one_is_refused_with_what_is_missing(
    message: str, words: str, tmp_path: Path
) -> None:
    status, said = said_of(message, tmp_path)
    assert (status, words in said) == (1, True), said
