"""Fragments on unions and interfaces, and on interfaces of interfaces.

The cases are those of graphql-core's tests/execution/test_union_interface.py. Queries that are
not valid are left out: they are refused before they are executed.
"""

from typing import Annotated, Any, Final

import pytest
import strawberry

from tests.engine.both import both
from tests.engine.listing import later


@strawberry.interface
class Named:
    name: str | None = None


@strawberry.interface
class Life:
    progeny: list["Life"] | None = None


@strawberry.interface
class Mammal(Life):
    mother: "Mammal | None" = None


@strawberry.type
class Dog(Mammal, Named):
    barks: bool | None = None


@strawberry.type
class Cat(Mammal, Named):
    meows: bool | None = None


@strawberry.type
class Person(Mammal, Named):
    pets: list[Annotated[Dog | Cat, strawberry.union("Pet")]] | None = None
    friends: list[Named] | None = None


def john() -> Person:
    cat, dog = Cat(name="Garfield", meows=False), Dog(name="Odie", barks=True)
    cat.mother = Cat(name="Garfield's Mom", meows=False, progeny=[cat])
    dog.mother = Dog(name="Odie's Mom", barks=True, progeny=[dog])
    return Person(name="John", pets=[cat, dog], friends=[Person(name="Liz"), dog])


@strawberry.type
class Query:
    @strawberry.field
    def john(self) -> Person:
        return john()

    @strawberry.field
    async def promised(self) -> list[Named | None]:
        return [john(), None, await later(john().friends[1])]  # type: ignore[index]  # he has some


family = both(strawberry.Schema(Query))
LIZ: Final = {"__typename": "Person", "name": "Liz"}
MOM: Final = {"__typename": "Dog", "name": "Odie's Mom", "barks": True}
PETS: Final = [
    {"__typename": "Cat", "name": "Garfield", "meows": False},
    {"__typename": "Dog", "name": "Odie", "barks": True},
]
ASKED: Final[dict[str, tuple[str, Any]]] = {
    "union types with inline fragments": (
        "{ pets { __typename ... on Dog { name barks } ... on Cat { name meows } } }",
        {"pets": PETS},
    ),
    "interface types with inline fragments": (
        """{ friends { __typename name ... on Dog { barks } ... on Cat { meows } ... on Mammal {
        mother { __typename ... on Dog { name barks } ... on Cat { name meows } } } } }""",
        {"friends": [{**LIZ, "mother": None}, {**PETS[1], "mother": MOM}]},
    ),
    "interface types with named fragments": (
        """{ friends { __typename name ...DogBarks ...CatMeows } }
        fragment DogBarks on Dog { barks }
        fragment CatMeows on Cat { meows }""",
        {"friends": [LIZ, PETS[1]]},
    ),
    "fragments whose conditions are abstract types": (
        """{ pets { ...PetFields ... on Mammal { mother { ...ProgenyFields } } }
        friends { ...FriendFields } }
        fragment PetFields on Pet { __typename ... on Dog { name barks } ... on Cat { name meows } }
        fragment FriendFields on Named { __typename name ... on Dog { barks } }
        fragment ProgenyFields on Life { progeny { __typename } }""",
        {
            "pets": [
                {**pet, "mother": {"progeny": [{"__typename": pet["__typename"]}]}} for pet in PETS
            ],
            "friends": [LIZ, PETS[1]],
        },
    ),
}


@pytest.mark.parametrize("name", ASKED)
async def test_of_a_family_are_answered(name: str) -> None:
    query, expected = ASKED[name]
    selection, *fragments = query.split("\n        fragment ")
    asked = " fragment ".join([f"{{ john {selection} }}", *fragments])
    assert await family.ask(asked) == {"data": {"john": expected}}


async def test_of_promised_friends_are_answered() -> None:
    query = (
        "{ promised { __typename name ... on Person { friends { name } } ... on Dog { barks } } }"
    )
    answer = await family.ask(query)
    person = {
        "__typename": "Person",
        "name": "John",
        "friends": [{"name": "Liz"}, {"name": "Odie"}],
    }
    assert answer == {"data": {"promised": [person, None, PETS[1]]}}
