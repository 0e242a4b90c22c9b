"""What features register under a name in `app.extensions`: one registry for each type of thing."""

from typing import Generic, TypeVar

from flask import Flask, current_app

T = TypeVar("T")


class Registry(Generic[T]):
    """A registry of an application; `things` is what it holds, in words."""

    def __init__(self, key: str, things: str) -> None:
        self.key, self.things = f"evalsys.{key}", things

    def of(self, app: Flask) -> dict[str, T]:
        """Return what is registered in an application, by name."""
        known: dict[str, T] = app.extensions.setdefault(self.key, {})
        return known

    def all(self) -> dict[str, T]:
        """Return what is registered in the current application, by name."""
        return self.of(current_app)

    def add(self, app: Flask, name: str, thing: T) -> None:
        """Register a thing. Raises ValueError if the name is taken by another one."""
        if self.of(app).setdefault(name, thing) is not thing:
            raise ValueError(f"two {self.things} named {name}")
