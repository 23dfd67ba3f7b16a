"""Parts that the inputs of many use cases share."""

from typing import Annotated, TypeAlias

IfVersion: TypeAlias = Annotated[
    int | None,
    "The `version` at which you last saw it. When it has changed since, nothing is done and"
    " a ConflictError carries it as it is now. Leave it out to overwrite whatever is there.",
]
