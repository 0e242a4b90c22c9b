"""Words that any sheet may need, and how words are put together. Pure."""

from collections.abc import Sequence

from evalsys.foundation.spreadsheets.model import Words

NONE = Words("—", "—")
YES, NO = Words("是", "yes"), Words("否", "no")


def join(words: Sequence[Words], zh: str = "；", en: str = "; ") -> Words:
    """Return several texts as one."""
    return Words(zh.join(one.zh for one in words), en.join(one.en for one in words))


def same(text: str) -> Words:
    """Return a name that is the same in both languages."""
    return Words(text, text)
