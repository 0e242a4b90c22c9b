"""What is told of sections of the demo city: in which quarters they were low or good, and why.

The stories themselves lie with the kinds of cases that come of them.
"""

from collections.abc import Iterator

from evalsys.cases.scenes.registry import Scene, Story, all_scenes


def _told() -> Iterator[tuple[Scene, Story]]:
    for scene in all_scenes().values():
        for story in scene.stories:
            yield scene, story


def levels_of(ago: int) -> dict[str, float]:
    """Return section code -> what it is rated around (1-5) in a quarter of its stories."""
    found = dict[str, float]()
    for _scene, story in _told():
        if ago in story.quarters:
            found.setdefault(story.section, story.level)
    return found


def ending_in(ago: int) -> list[tuple[Scene, Story]]:
    """Return the stories whose last quarter this is: their cases can be told when it is closed."""
    return [(scene, story) for scene, story in _told() if story.quarters[-1] == ago]
