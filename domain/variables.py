"""A template's typed variables: what may be declared, and what values fit."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import Path, Problem
from domain.values import (
    JsonValue,
    boolean_problems,
    date_problems,
    list_problems,
    money_problems,
    number_problems,
    string_problems,
    url_problems,
)

MAX_VARIABLES: Final = 100
MAX_NAME: Final = 100
MAX_DESCRIPTION: Final = 1_000
_NAME: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
_LIQUID_WORDS: Final = frozenset(
    [
        "and",
        "blank",
        "contains",
        "empty",
        "false",
        "forloop",
        "if",
        "in",
        "nil",
        "null",
        "or",
        "tablerowloop",
        "true",
        "with",
    ]
)


class VariableType(StrEnum):
    """What kind of value a variable takes."""

    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    URL = "URL"
    MONEY = "MONEY"
    LIST = "LIST"


_PROBLEMS: Final = {
    VariableType.STRING: string_problems,
    VariableType.NUMBER: number_problems,
    VariableType.BOOLEAN: boolean_problems,
    VariableType.DATE: date_problems,
    VariableType.URL: url_problems,
    VariableType.MONEY: money_problems,
    VariableType.LIST: list_problems,
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that a template may use; `default` stands in where an optional value is missing."""

    name: str
    type: VariableType
    required: bool = False
    default: JsonValue = None
    description: str = ""


def check_declarations(variables: Sequence[Variable]) -> list[Problem]:
    """What is wrong with the declarations; each path starts with a declaration's index."""
    problems = list(_too_many(variables)) + list(_repeated(variables))
    for index, variable in enumerate(variables[:MAX_VARIABLES]):
        problems += _declaration_problems(variable, (index,))
    return problems


def resolve(
    variables: Sequence[Variable], values: Mapping[str, JsonValue]
) -> tuple[dict[str, JsonValue], list[Problem]]:
    """A value for every declared variable, and what is wrong with the given ones.

    A missing or null value becomes the default, which is null where none is declared. Each
    problem's path starts with a variable's name.
    """
    resolved: dict[str, JsonValue] = {}
    problems = list(_unknown(variables, values))
    for variable in variables:
        value = values.get(variable.name)
        resolved[variable.name] = variable.default if value is None else value
        problems += _value_problems(variable, value)
    return resolved, problems


def value_problems(type: VariableType, value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` does not fit `type`, each problem at `path` or below it."""
    return _PROBLEMS[type](value, path)


def _too_many(variables: Sequence[Variable]) -> Iterator[Problem]:
    if len(variables) > MAX_VARIABLES:
        yield Problem(
            (MAX_VARIABLES,),
            f"{len(variables)} variables are declared and {MAX_VARIABLES} is the most: "
            "gather values that belong together in a LIST",
        )


def _repeated(variables: Iterable[Variable]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, variable in enumerate(variables):
        if first.setdefault(variable.name, index) != index:
            yield Problem(
                (index, "name"),
                f'"{variable.name}" is already declared at position {first[variable.name] + 1}: '
                "rename one of the two or remove it",
            )


def _declaration_problems(variable: Variable, at: Path) -> Iterator[Problem]:
    yield from _name_problems(variable.name, (*at, "name"))
    yield from _default_problems(variable, (*at, "default"))
    if len(variable.description) > MAX_DESCRIPTION:
        yield Problem((*at, "description"), f"shorten it to {MAX_DESCRIPTION:,} characters")
    yield from string_problems(variable.description, (*at, "description"))


def _name_problems(name: str, path: Path) -> Iterator[Problem]:
    if len(name) > MAX_NAME:
        yield Problem(path, f"is {len(name)} characters long: shorten it to {MAX_NAME}")
    elif not _NAME.fullmatch(name):
        yield Problem(
            path,
            f'"{name}" is not a name: start with a small letter, '
            "go on with letters, digits and underscores",
        )
    elif name in _LIQUID_WORDS:
        yield Problem(path, f'"{name}" is a word of Liquid: choose another name')


def _default_problems(variable: Variable, path: Path) -> Iterator[Problem]:
    if variable.default is None:
        return
    if variable.required:
        yield Problem(
            path,
            "a required variable never uses its default: remove the default or make it optional",
        )
    yield from value_problems(variable.type, variable.default, path)


def _unknown(variables: Iterable[Variable], values: Mapping[str, JsonValue]) -> Iterator[Problem]:
    declared = {variable.name for variable in variables}
    for name in sorted(values.keys() - declared):
        yield Problem((name,), "is not declared by this template: remove it or declare it")


def _value_problems(variable: Variable, value: JsonValue) -> Iterator[Problem]:
    if value is not None:
        yield from value_problems(variable.type, value, (variable.name,))
    elif variable.required:
        yield Problem((variable.name,), f"is required: give it a {variable.type} value")
