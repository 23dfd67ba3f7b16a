"""What is different between two versions of a template."""

from auth.access import PUBLIC
from domain.content import ContentPart, TextPart
from domain.differences import LineKind
from engine.fields import attribute
from engine.types import record
from schema.content import TemplateVariable


@record("A line of a difference.", access=PUBLIC)
class DifferenceLine:
    kind: LineKind = attribute("What became of it.")
    before: int | None = attribute("Its number in the earlier text, from 1; null where added.")
    after: int | None = attribute("Its number in the later text, from 1; null where removed.")
    content: str = attribute("What it says, up to 1,000 characters.")


@record("The lines that changed in a text, with three lines around them.", access=PUBLIC)
class TextDifference:
    part: TextPart = attribute("Which text.")
    locale: str | None = attribute("Of which variant; null for the main source.")
    lines: list[DifferenceLine] = attribute(
        "In the order of a unified diff; where numbers leap, lines stayed as they were."
    )


@record("A variable that is declared otherwise.", access=PUBLIC)
class VariableDifference:
    name: str = attribute("Its name.")
    before: TemplateVariable | None = attribute("As it was; null where it was added.")
    after: TemplateVariable | None = attribute("As it is; null where it was removed.")


@record("What is different between two versions of a template.", access=PUBLIC)
class ContentDifferences:
    parts: list[ContentPart] = attribute("The parts that changed.")
    texts: list[TextDifference] = attribute("The texts that changed.")
    variables: list[VariableDifference] = attribute("The variables that changed.")
    added_locales: list[str] = attribute("The languages that are new.")
    removed_locales: list[str] = attribute("The languages that are gone.")
    is_truncated: bool = attribute(
        "Whether more changed in the texts than the 2,000 lines that are shown."
    )
