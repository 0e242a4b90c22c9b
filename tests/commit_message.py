"""Say what is wrong with the message of a commit: `python -m tests.commit_message FILE`.

One idea, in a subject of at most 60 characters; the why in the body.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LONGEST = 60
SCISSORS = "# ------------------------ >8"
MADE_BY_GIT = re.compile(r"(Merge|Revert|fixup!|squash!|amend!) ?")


def problems(message: str) -> Iterator[str]:
    """Yield what is wrong with a message, as git hands it over: with its comments."""
    written = message.split(SCISSORS, maxsplit=1)[0]
    lines = [line.rstrip() for line in written.splitlines() if not line.startswith("#")]
    text = "\n".join(lines).strip()
    subject, _, rest = text.partition("\n")
    if MADE_BY_GIT.match(subject):
        return
    if not subject:
        yield "The message is empty."
    if len(subject) > LONGEST:
        yield f"The subject has {len(subject)} characters; at most {LONGEST} are read in a log."
    if subject.endswith("."):
        yield "The subject ends with a full stop."
    if rest and not rest.startswith("\n"):
        yield "The line after the subject is not blank."
    if not rest.strip():
        yield "The body is missing: say why, in a sentence or two."


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.writelines(f"{one}\n" for one in found)
    sys.exit(bool(found))
