"""Everything that is known of somebody, handed out to them."""

from typing import Annotated

from strawberry.scalars import JSON

from auth.access import OWNER, PUBLIC
from engine.types import record
from resolvers import personal_data
from schema.building import mutation

_DOCUMENT = Annotated[
    JSON,
    "The account itself, and one section for every kind of thing, each with its `entries`, the"
    " newest first. Where a section is not `complete`, its oldest entries had no room.",
]


@record("Personal data.", access=PUBLIC)
class PersonalDataMutations:
    export_my_data = mutation(personal_data.export, returns={"document": _DOCUMENT}, access=OWNER)
