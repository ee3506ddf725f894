"""What several checks need and none wants to pay for twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from gowright.verify.outcomes import Skipped

T = TypeVar("T")


class Lazy(Generic[T]):
    """A property that is made on first use and kept.

    When making it fails, the check that asked first fails. For the ones that ask
    later it is out of reach: they are skipped, and nobody reads one fault twenty times.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Lazy[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> T | Lazy[T]:
        if instance is None:
            return self
        made = instance.__dict__.setdefault("_made", {})
        if self._name not in made:
            try:
                made[self._name] = self._make(instance)
            except Exception as error:
                made[self._name] = _OutOfReach(self._name, error)
                raise
        value = made[self._name]
        if isinstance(value, _OutOfReach):
            raise Skipped(value.reason)
        return value  # type: ignore[no-any-return]


class _OutOfReach:
    def __init__(self, name: str, error: Exception) -> None:
        what = name.replace("_", " ")
        self.reason = f"needs the {what}: {str(error).partition(chr(10))[0]}"
