"""Keep the results used last, each computed once however many threads ask for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The results used last, so many of them; threads that want the same wait for one computation."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[Hashable, tuple[T, object]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T], alive: object = None) -> T:
        """Give the result of a key, made now if it is not kept; `alive` is kept as long as the result."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key][0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._results:
                    return self._results[key][0]
            made = make()
            with self._lock:
                self._results[key] = (made, alive)
                self._making.pop(key, None)
                while len(self._results) > self._most:
                    self._results.popitem(last=False)
        return made

    def clear(self) -> None:
        """Keep nothing of what is kept now."""
        with self._lock:
            self._results.clear()
