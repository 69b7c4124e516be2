"""What a process remembers between requests, bounded in bytes: the oldest is forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Values by key, each with its weight in bytes; together never over `limit`. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """The value kept under the key."""
        found = self._kept.get(key)
        return found[0] if found else None

    def keep(self, key: Hashable, value: T, weight: int) -> None:
        """Keep a value in place of the key's earlier one; what would push out an eighth of the rest is not kept."""
        if weight > self.limit // 8:
            return
        with self._lock:
            self.size += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (value, weight)
            while self.size > self.limit:
                self.size -= self._kept.popitem(last=False)[1][1]
