"""Lazy properties, for expensive objects that several checks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from gowright.verify.outcomes import Skipped

T = TypeVar("T")


class Lazy(Generic[T]):
    """A property that is computed on first use and cached.

    If the computation fails, the check that used it first fails. Checks that use it later are skipped, so
    that one defect isn't reported many times.
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
                made[self._name] = _Unavailable(self._name, error)
                raise
        value = made[self._name]
        if isinstance(value, _Unavailable):
            raise Skipped(value.reason)
        return value  # type: ignore[no-any-return]


class _Unavailable:
    def __init__(self, name: str, error: Exception) -> None:
        what = name.replace("_", " ")
        self.reason = f"needs the {what}: {str(error).partition(chr(10))[0]}"
