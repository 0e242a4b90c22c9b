"""The stories of the demo's chiefs: in which quarters they were low or good. Pure.

The section's ballots are low or high in its quarters, their closings propose the case, and the
people of the city move it to the story's state.
"""

from collections.abc import Iterator

from evalsys.cases.scenes.registry import Scene, Story, all_scenes


def _all_stories() -> Iterator[tuple[Scene, Story]]:
    for scene in all_scenes().values():
        for story in scene.stories:
            yield scene, story


def levels_of(ago: int) -> dict[str, float]:
    """Return section code -> mean level (1-5) of its ratings in a quarter of its stories."""
    levels = dict[str, float]()
    for _scene, story in _all_stories():
        if ago in story.quarters:
            levels.setdefault(story.section, story.level)
    return levels


def ending_in(ago: int) -> list[tuple[Scene, Story]]:
    """Return the stories whose last quarter this is."""
    return [(scene, story) for scene, story in _all_stories() if story.quarters[-1] == ago]
