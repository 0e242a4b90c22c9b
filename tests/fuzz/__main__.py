"""`make fuzz`: 20,000 strange requests on a fresh world. Exits with 1 if the server broke once."""

import os
import random
import sys
import tempfile
from pathlib import Path

import time_machine
from flask_migrate import upgrade

from tests.applications import make_app
from tests.fuzz.requests import Fuzzer
from tests.world import NOW, make_world

EACH = 1000


def main() -> int:
    """Send the requests in portions, each with a world and a seed of its own."""
    number, seed = int(os.environ.get("REQUESTS", "20000")), int(os.environ.get("SEED", "1000"))
    faults: list[str] = []
    for nth in range(-(-number // EACH)):
        with tempfile.TemporaryDirectory() as folder:
            app = make_app(f"sqlite:///{folder}/fuzz.sqlite3", Path(folder), LOG_LEVEL="CRITICAL")
            with app.app_context(), time_machine.travel(NOW, tick=False):
                upgrade()
                fuzzer = Fuzzer(app, make_world(), random.Random(seed + nth))  # noqa: S311
                fuzzer.run(EACH)
        faults += fuzzer.faults
        counts = ", ".join(f"{code}: {n}" for code, n in sorted(fuzzer.answers.items()))
        print(f"seed {seed + nth}: {counts}; {len(fuzzer.faults)} faults", flush=True)  # noqa: T201
    print("\n".join(sorted(set(faults))))  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
