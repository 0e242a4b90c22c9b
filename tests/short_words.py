"""Every short text with all its uses: `make words` prints the list, to be read by eye.

A short English text easily means two things of which Chinese has two names: a period that is
closed is 封账, a review that is closed is 结案. Where it does, one of them gets a context (`NP_`,
`_lp`, `pgettext`) or words of its own.
"""

import pickle
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.runs import once_a_run

ROOT = Path(__file__).parent.parent
REVIEWED = ROOT / "tests/short_words.txt"
# As `make messages` extracts.
WITH_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("N_", "_l", "lazy_gettext")),
    **dict.fromkeys(("NP_", "_lp"), WITH_CONTEXT),
}
MOST_WORDS, MOST_LETTERS = 3, 20

Text: TypeAlias = str | tuple[str, ...]


class Use(NamedTuple):
    """Where a text stands: a file below evalsys and a line."""

    path: str
    line: int

    @property
    def feature(self) -> str:
        """The feature: a folder of the code, and the folder of templates with its name."""
        _home, _, name = self.path.rpartition("templates/")
        if name != self.path:
            return name.partition("/")[0]
        folders = self.path.split("/")
        return next((one for one in folders if one in page_folders()), folders[0])


@cache
def page_folders() -> frozenset[str]:
    """Return the names of all folders of templates."""
    found = (ROOT / "evalsys").rglob("templates/*")
    return frozenset(path.name for path in found if path.is_dir())


@cache
def uses() -> Mapping[tuple[str | None, Text], tuple[Use, ...]]:
    """Return every (context, text) of code and pages with its uses; they are looked for once."""
    with once_a_run("uses") as place:
        kept = place / "uses.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_uses()))
        found: dict[tuple[str | None, Text], tuple[Use, ...]]
        found = pickle.loads(kept.read_bytes())  # noqa: S301  # Our own.
        return found


def _uses() -> Mapping[tuple[str | None, Text], tuple[Use, ...]]:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: dict[tuple[str | None, Text], list[Use]] = defaultdict(list)
    extracted = extract_from_dir(ROOT / "evalsys", methods, options, KEYWORDS)
    for path, line, text, _comments, context in extracted:
        found[context, text].append(Use(path, line))
    return {key: tuple(sorted(where)) for key, where in found.items()}


def is_short(text: str) -> bool:
    """Say whether a text is so short that it may mean several things."""
    return len(text.split()) <= MOST_WORDS or len(text) <= MOST_LETTERS


def shared() -> dict[str, set[str]]:
    """Return each short text without a context that several features use, with these features."""
    features = {
        text if isinstance(text, str) else text[0]: {use.feature for use in where}
        for (context, text), where in uses().items()
        if context is None
    }
    return {text: each for text, each in features.items() if is_short(text) and len(each) > 1}


def reviewed() -> dict[str, set[str]]:
    """Return what somebody has looked at: `text | feature feature`, a line each."""
    lines = REVIEWED.read_text(encoding="utf-8").splitlines()
    pairs = (line.rpartition(" | ") for line in lines if line and not line.startswith("# "))
    return {text: set(features.split()) for text, _, features in pairs}


def lines() -> Iterator[str]:
    """Yield every short text: English, context, Chinese, uses."""
    with (ROOT / "evalsys/translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        chinese = read_po(file, locale="zh")
    for (context, text), where in sorted(uses().items(), key=lambda each: str(each[0][1]).lower()):
        english = text if isinstance(text, str) else text[0]
        if is_short(english):
            message = chinese.get(english, context)
            places = " ".join(f"{use.path}:{use.line}" for use in where)
            about = f" [{context}]" if context else ""
            yield (f"{english}{about} = {message.string if message else '?'}: {places}")


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines())
