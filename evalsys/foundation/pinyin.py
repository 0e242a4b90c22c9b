"""Names by sound: the keys under which a name is found by pinyin, in full or by initials."""

import itertools
import os
import re

WAYS = 8  # readings of a name that are kept: one of 单, 查 or 重 has up to three
LONGEST = 400  # characters of all keys
SIGN = "|"  # before each key


def sound_keys(name: str) -> str:
    """Return the keys of a name, each after `|`: in full and by initials, from each syllable on.

    王海宁 has |wanghaining|haining|ning|whn|hn|n. A character with several readings has all of
    them; letters stand for themselves.
    """
    keys: list[str] = []
    for syllables in itertools.islice(itertools.product(*_readings(name)), WAYS):
        first = [syllable[0] for syllable in syllables]
        for way in (syllables, first):
            keys += ["".join(way[start:]) for start in range(len(way))]
    text = "".join(f"{SIGN}{key}" for key in dict.fromkeys(keys))
    return text if len(text) <= LONGEST else text[: text.rindex(SIGN, 0, LONGEST + 1)]


def sound_of(search: str) -> str:
    """Return what to look for among the keys: from `|` on; empty if a text is no pinyin."""
    text = re.sub(r"[\s'’·-]", "", search).lower().replace("ü", "v")
    return f"{SIGN}{text}" if re.fullmatch(r"[a-z]+", text) else ""


def _readings(name: str) -> list[list[str]]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # Names are no phrases; they take 30 MB.
    from pypinyin import Style, pinyin

    readings: list[list[str]] = []
    for ways in pinyin(name, style=Style.NORMAL, heteronym=True):
        words = [re.findall(r"[a-z]+", way.lower()) for way in ways]
        if all(len(each) == 1 for each in words):
            readings.append([each[0] for each in words])
        else:  # Letters, dots and rare characters come as they stand, in one piece.
            readings += [[word] for each in words for word in each]
    return readings
