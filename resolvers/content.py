"""The content of templates: checking it, and rendering it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from db.models import TemplateVersion
from domain.content import BodyKind, Rendered, Source
from domain.errors import Invalid, Path, Problem, Told, UserError, refuse
from domain.templates import content_hash
from domain.variables import Variable, VariableType, check_declarations, resolve
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class TemplateVariable:
    """A typed variable that the content may use."""

    name: Annotated[str, "How Liquid refers to it: a letter, then letters, digits and `_`."]
    type: Annotated[VariableType, "What values it takes."]
    required: Annotated[bool, "Whether a value must be given."] = False
    default_value: Annotated[
        Any | None, "Stands in when no value is given; of the variable's type."
    ] = None
    description: Annotated[str, "What it is for."] = ""


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """Everything that decides which bytes are sent."""

    kind: Annotated[BodyKind, "The language of the body."]
    subject: Annotated[str, "The subject line, in Liquid."]
    body: Annotated[str, "The body in MJML or HTML, with Liquid in it."]
    text: Annotated[
        str | None, "The plain text part, in Liquid; read out of the HTML unless given."
    ] = None
    variables: Annotated[tuple[TemplateVariable, ...], "What the content may use; up to 100."] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """Checked content, and the hash that names it."""

    source: Source
    variables: list[Variable]
    content_hash: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered mail, or why there is none."""

    rendered: Rendered | None
    errors: Sequence[Told] = ()


async def preview(
    ctx: Context,
    version: TemplateVersion,
    values: Annotated[
        dict[str, Any], "A JSON object with a value for each variable that needs one."
    ],
) -> Preview:
    """The mail that this version becomes with these values. Nothing is stored or sent."""
    try:
        return Preview(await _rendered(ctx, version, values))
    except UserError as error:
        return Preview(None, error.each())


async def checked_content(ctx: Context, given: TemplateContent) -> Content:
    """The content, once everything that can be known without values was found right."""
    source = Source(given.kind, given.subject, given.body, given.text)
    variables = [_variable(each) for each in given.variables]
    problems = [
        Problem(("content", "variables", *_as_declared(problem.path)), problem.message)
        for problem in check_declarations(variables)
    ]
    refuse(problems)
    declared = [variable.name for variable in variables]
    found = await ctx.resources.renderer.check(source, declared)
    refuse([Problem(("content", *problem.path), problem.message) for problem in found])
    return Content(source, variables, content_hash(source, variables))


async def _rendered(ctx: Context, version: TemplateVersion, values: Any) -> Rendered:
    if not isinstance(values, dict):
        raise Invalid.at("values", message='Give a JSON object, such as {"firstName": "Ada"}.')
    resolved, problems = resolve(version.variables, values)
    refuse([Problem(("values", *problem.path), problem.message) for problem in problems])
    return await ctx.resources.renderer.render(_source_of(version), resolved)


def _as_declared(path: Path) -> Path:
    """The place in a client's declaration, which says `defaultValue` for the default."""
    index, *inner = path
    return (index, "defaultValue", *inner[1:]) if inner[:1] == ["default"] else path


def _variable(given: TemplateVariable) -> Variable:
    return Variable(
        name=given.name,
        type=given.type,
        required=given.required,
        default=given.default_value,
        description=given.description,
    )


def _source_of(version: TemplateVersion) -> Source:
    return Source(version.kind, version.subject, version.body, version.text)


def content_of(version: TemplateVersion) -> Content:
    return Content(_source_of(version), version.variables, version.content_hash)
