"""No request, however strange, makes the server break: every answer is below 500."""

import random
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.fuzz.requests import Fuzzer
from tests.world import NOW, World, make_world

SEEDS, EACH = range(6), 300


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_request_breaks_the_server(app: Flask, world: World, seed: int) -> None:
    fuzzer = Fuzzer(app, world, random.Random(seed))  # noqa: S311
    fuzzer.run(EACH)
    assert fuzzer.faults == []
    assert sum(fuzzer.answers.values()) == EACH
    assert {200, 303, 404} <= fuzzer.answers.keys(), "some were good requests"
