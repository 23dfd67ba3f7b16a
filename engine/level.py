"""What a level of an answer leaves to do before the next one can be built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from engine.plan import FieldPlan

Object: TypeAlias = dict[str, Any]
Aside: TypeAlias = "tuple[FieldPlan, Object, Any]"
"""A field, the object of the answer that it belongs to, and its error or its value."""


@dataclass(slots=True)
class Parents:
    """Objects of the answer that wait for a field, and the rows that they are made of."""

    objects: list[Object] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)


Later: TypeAlias = dict["FieldPlan", Parents]


@dataclass(slots=True)
class Level:
    """Fields that wait to be resolved, and what could not be put into its place at once."""

    later: Later = field(default_factory=dict)
    refused: list[Aside] = field(default_factory=list)
    """Fields that the viewer may not see, and why."""

    odd: list[Aside] = field(default_factory=list)
    """Values that graphql-core is to complete."""

    is_personal: bool = False
    """Whether it mattered who exactly asks."""

    @property
    def is_done(self) -> bool:
        return not (self.later or self.refused or self.odd)

    @property
    def is_untouched(self) -> bool:
        return self.is_done and not self.is_personal

    def wait(self, field: FieldPlan, objects: list[Object], rows: list[Any]) -> None:
        """Let the objects wait for the field."""
        parents = self.later.get(field)
        if parents is None:
            parents = self.later[field] = Parents()
        parents.objects += objects
        parents.rows += rows

    def add(self, part: Level) -> None:
        """What a part of the level leaves to do is the level's to do."""
        for field_, parents in part.later.items():
            self.wait(field_, parents.objects, parents.rows)
        self.refused += part.refused
        self.odd += part.odd
        self.is_personal = self.is_personal or part.is_personal

    def move(self, made: Object, into: Object) -> None:
        """Let an object's fields, and all that it waits for, belong to another object."""
        into.update(made)
        for parents in self.later.values():
            parents.objects = [into if each is made else each for each in parents.objects]
        self.refused = [(f, into if of is made else of, why) for f, of, why in self.refused]
        self.odd = [(f, into if of is made else of, value) for f, of, value in self.odd]
