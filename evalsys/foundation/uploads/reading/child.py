"""Read a workbook from standard input; write its rows as JSON lines to standard output.

Run as a script of its own, by `reader.py`, and never imported by the application: a hostile file
then costs at most the memory and the processor time that this process may use.

The lines are `{"sheets": [name, ...]}`; for each sheet `{"sheet": name, "hidden": ...}`, its rows
`[row number, 1 if hidden, value, ...]` and `{"merged": [[top, left, bottom, right], ...],
"hidden_columns": [...]}`; at last `{"end": true}`. Or `{"problem": word, ...}` when the file is
refused. Without the last line the process was killed.
"""

import contextlib
import importlib
import json
import resource
import sys
from pathlib import Path


def main() -> None:
    """Obey the limits in the first argument, then read."""
    limits = json.loads(sys.argv[1])
    with contextlib.suppress(ValueError, OSError):  # Some systems refuse to lower it: macOS.
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    # One second between the two, so that the end can be told from any other.
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"] + 1))
    sys.path.append(str(Path(__file__).parent))  # Isolated, it knows the library alone.
    book = importlib.import_module("sandbox.book")
    refused = importlib.import_module("sandbox.package").Refused
    teller = book.Teller(limits["answer"])
    last: dict[str, object] = {"end": True}
    try:
        book.tell_book(sys.stdin.buffer, limits, teller)
    except MemoryError:
        last = {"problem": "heavy"}
    except refused as error:
        last = {"problem": error.problem, **error.params}
    except Exception:  # noqa: BLE001  # A broken file may break the reader anywhere.
        last = {"problem": "damaged"}
    sys.stdout.buffer.write(json.dumps(last).encode() + b"\n")


if __name__ == "__main__":
    main()
