"""The storeys of the house: rooms, features and folders stay small, and the map shows them all."""

import re
from collections import Counter, defaultdict
from pathlib import Path

from tests.test_house import ROOT, sources

HOUSE = ROOT / "evalsys"
LARGEST_ROOM, LARGEST_FEATURE = 0.20, 0.10  # of all lines
MOST_FILES = 15  # beside each other
# Folder and the beginning that two of its files share -> why it is no folder's work.
ALIKE = {"core: error": "what is raised, and the pages that answer it"}


def lines_of(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def folders() -> dict[str, list[Path]]:
    """Return every package below evalsys, with the files in it."""
    found = defaultdict(list)
    for path in sources("evalsys"):
        found[path.parent.relative_to(HOUSE).as_posix()].append(path)
    return {name: paths for name, paths in found.items() if name != "."}


def shares(depth: int) -> dict[str, float]:
    """Return the share of all lines that each folder of some depth holds, with what lies in it.

    A room without folders, and what lies in a room beside its folders, are features as well.
    """
    lines = Counter[str]()
    for name, paths in folders().items():
        lines["/".join(name.split("/")[:depth])] += sum(map(lines_of, paths))
    total = sum(map(lines_of, sources("evalsys")))
    return {name: count / total for name, count in lines.items()}


def test_no_room_holds_more_than_a_fifth() -> None:
    assert {name for name, share in shares(1).items() if share > LARGEST_ROOM} == set()


def test_no_feature_holds_more_than_a_tenth() -> None:
    assert {name for name, share in shares(2).items() if share > LARGEST_FEATURE} == set()


def test_no_folder_has_more_files_than_one_can_look_over() -> None:
    crowded = {name: len(paths) for name, paths in folders().items() if len(paths) > MOST_FILES}
    assert crowded == {}


def test_no_prefix_does_the_work_of_a_folder() -> None:
    found = set()
    for name, paths in folders().items():
        begins = Counter(path.stem.split("_")[0].removesuffix("s") for path in paths)
        found |= {f"{name}: {begin}" for begin, times in begins.items() if begin and times > 1}
    assert found == ALIKE.keys()


def test_the_map_shows_every_package_once_and_no_other() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("\n| Package |")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| `([\w/]+)` \|", table, re.MULTILINE)
    assert sorted(shown) == sorted(folders())


def test_what_the_ways_through_the_house_name_is_there() -> None:
    """The numbered steps name files and folders; a bare name stands in the folder named before."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    ways = text.partition("\n## The way of a rating")[2].partition("\n## One database")[0]
    named = re.findall(r"`([a-z_]+/[\w/]+(?:\.py)?)`", ways)
    assert len(named) > len("ten steps each")
    assert [one for one in named if not (HOUSE / one).exists()] == []
