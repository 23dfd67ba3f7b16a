"""What was made lately and may be of use again, within bounds of number and size."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, the least recently used forgotten first."""

    def __init__(self, *, most: int, bytes: int) -> None:
        self._most, self._bytes = most, bytes
        self._known: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._known)

    @property
    def weight(self) -> int:
        """Roughly the bytes that all take."""
        return self._weight

    def get(self, key: K) -> V | None:
        known = self._known.get(key)
        if known is None:
            return None
        self._known.move_to_end(key)
        return known[0]

    def keep(self, key: K, value: V, weight: int) -> None:
        """Remember the value, or that it has another weight now."""
        _, before = self._known.pop(key, (None, 0))
        self._known[key] = value, weight
        self._weight += weight - before
        while len(self._known) > self._most or self._weight > self._bytes:
            _, (_, forgotten) = self._known.popitem(last=False)
            self._weight -= forgotten
