from datetime import date

from evalsys.cases.scenes.cast import BAD_SECTION
from evalsys.demo.city import TINY_SECTION, build_city

QUARTER = (date(2026, 7, 1), date(2026, 9, 30))


def test_the_same_seed_gives_the_same_city() -> None:
    assert build_city(7, QUARTER) == build_city(7, QUARTER)


def test_another_seed_gives_another_city() -> None:
    assert build_city(7, QUARTER) != build_city(8, QUARTER)


def test_the_city_has_the_size_that_was_promised() -> None:
    city = build_city(7, QUARTER)
    assert (len(city.organs), len(city.sections)) == (3, 24)
    assert 290 <= len(city.people) <= 310
    assert {BAD_SECTION, TINY_SECTION} <= set(city.sections)


def test_everybody_is_in_one_section_at_a_time_and_chiefs_are_of_their_section() -> None:
    city = build_city(7, QUARTER)
    for person in city.people.values():
        for (_, _, last), (_, first, _) in zip(person.spells, person.spells[1:], strict=False):
            assert last is not None
            assert last < first
    for code, chief in city.chiefs.items():
        assert city.people[chief].spells[0][0] == code


def test_somebody_moves_in_the_middle_of_the_quarter_and_somebody_leaves_at_its_end() -> None:
    city = build_city(7, QUARTER)
    movers = [person for person in city.people.values() if len(person.spells) == 2]
    leavers = [person for person in city.people.values() if person.away_since]
    assert [person.spells[1][1] for person in movers] == [date(2026, 8, 16)]
    assert [person.spells[0][2] for person in leavers] == [QUARTER[1]]


def test_nobody_has_the_name_of_somebody_else() -> None:
    names = [person.name for person in build_city(7, QUARTER).people.values()]
    assert len(set(names)) == len(names)
