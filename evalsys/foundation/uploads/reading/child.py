"""Parse a workbook from standard input; write its rows as JSON lines to standard output.

Run by `reader.py` as a separate process and never imported by the application, so that a hostile
file is limited in memory and processor time.

The lines are `{"sheets": [name, ...]}`; for each sheet `{"sheet": name, "hidden": ...}`, its rows
`[row number, 1 if hidden, value, ...]` and `{"merged": [[top, left, bottom, right], ...],
"hidden_columns": [...]}`; finally `{"end": true}`, or `{"problem": code, ...}` if the file is
rejected. Without a final line the process was killed.
"""

import contextlib
import importlib
import json
import resource
import sys
from pathlib import Path


def main() -> None:
    """Apply the limits of the first argument, then parse."""
    limits = json.loads(sys.argv[1])
    with contextlib.suppress(ValueError, OSError):  # Some systems refuse to lower it: macOS.
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    # The soft limit sends SIGXCPU, which `reader` recognises; the hard one kills a second later.
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"] + 1))
    sys.path.append(str(Path(__file__).parent))  # Isolated mode has only the standard library.
    book = importlib.import_module("sandbox.book")
    refused = importlib.import_module("sandbox.package").Refused
    out = book.LineWriter(limits["answer"])
    last: dict[str, object] = {"end": True}
    try:
        book.write_book(sys.stdin.buffer, limits, out)
    except MemoryError:
        last = {"problem": "heavy"}
    except refused as error:
        last = {"problem": error.problem, **error.params}
    except Exception:  # noqa: BLE001  # A malformed file may raise anything.
        last = {"problem": "damaged"}
    sys.stdout.buffer.write(json.dumps(last).encode() + b"\n")


if __name__ == "__main__":
    main()
