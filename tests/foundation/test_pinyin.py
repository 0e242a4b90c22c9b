"""Names by sound, checked with readings from a dictionary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.foundation.pinyin import LONGEST, SIGN, sound_keys, sound_of


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("王海宁", ["wanghaining", "Wang Hai", "WHN", "whn", "haining", "hn", "ning"]),
        ("单雄信", ["shanxiongxin", "sxx", "dan"]),  # 单 is Shan as a family name.
        ("仇和", ["qiuhe", "chou", "qh", "ch"]),
        ("吕布", ["lvbu", "lü bu", "lb"]),
        ("阿依古丽·买买提", ["ayiguli", "ayi gu li", "maimaiti", "aygl"]),
        ("Li Wei", ["li wei", "wei", "lw"]),
    ],
)
def test_a_name_is_found_from_each_syllable_on_in_every_reading(
    name: str, searches: list[str]
) -> None:
    keys = sound_keys(name)
    assert [search for search in searches if sound_of(search) not in keys] == []


@pytest.mark.parametrize("search", ["anghai", "hining", "wn"])
def test_a_part_of_a_syllable_finds_nobody(search: str) -> None:
    assert sound_of(search) not in sound_keys("王海宁")


@pytest.mark.parametrize("search", ["", " ", "217", "王", "wang1", "%", "|"])
def test_what_is_no_pinyin_is_not_looked_for(search: str) -> None:
    assert sound_of(search) == ""


@given(st.text(max_size=64))
def test_any_name_has_whole_keys_of_letters_that_fit(name: str) -> None:
    keys = sound_keys(name)
    assert len(keys) <= LONGEST
    assert all(key.isascii() and key.isalpha() for key in keys.split(SIGN)[1:])
