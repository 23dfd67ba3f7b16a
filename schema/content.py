"""What a version of a template consists of, and what it renders to."""

from typing import Any

from strawberry.scalars import JSON

from auth.access import PUBLIC
from domain.content import ContentPart
from domain.variables import VariableType
from engine.fields import attribute, computed
from engine.types import record
from schema.errors import UserError


@record("A typed variable that the content may use.", access=PUBLIC)
class TemplateVariable:
    name: str = attribute("How Liquid refers to it.")
    type: VariableType = attribute("What values it takes.")
    required: bool = attribute("Whether a value must be given.")
    default_value: JSON | None = attribute("Stands in when no value is given.", of="default")
    description: str = attribute("What it is for.")


@record("The same mail in another language, with the same variables.", access=PUBLIC)
class TemplateLocale:
    locale: str = attribute("Its language, as a BCP 47 tag.")
    subject: str = attribute("The subject line, in Liquid.")
    body: str = attribute("The body, with Liquid in it.")
    text: str | None = attribute("The plain text part, in Liquid; null where the HTML is read out.")


@record("A snippet with the words that it had when the content was written.", access=PUBLIC)
class PinnedSnippet:
    name: str = attribute("How the content renders it.")
    body: str = attribute("What it says, in Liquid.")


@record("A part of the content, named by its bytes.", access=PUBLIC)
class PartHash:
    part: ContentPart = computed(lambda item: ContentPart(item[0]), description="Which part.")
    hash: str = computed(
        lambda item: str(item[1]),
        description="SHA-256, in hexadecimal, of the canonical JSON of the part.",
    )


@record("A mail as it would be sent.", access=PUBLIC)
class RenderedMail:
    subject: str = attribute("The subject line, in plain text.")
    html: str = attribute("The HTML part, with its styles inline.")
    text: str = attribute("The plain text part.")


@record("What a template becomes with some values.", access=PUBLIC)
class TemplatePreview:
    rendered: RenderedMail | None = attribute("The mail; null where `errors` say why not.")
    locale: str | None = attribute("The variant that it is in; null for the main source.")
    errors: list[UserError] = attribute("What is wrong with the values or the template.")


def part_hashes_of(version: Any) -> list[tuple[str, str]]:
    """The hash of each part, in the order of the parts."""
    return list(version.part_hashes.items())
