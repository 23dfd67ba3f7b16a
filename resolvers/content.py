"""The content of templates: checking it, and rendering it."""

from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

from db import loaders
from db.models import TemplateVersion
from db.snippets import Whose
from domain.content import BodyKind, Content, LocaleVariant, Rendered, Source
from domain.differences import Differences
from domain.differences import differences as between
from domain.errors import Invalid, NotFound, Path, Problem, Told, UserError, refuse
from domain.ids import VersionId
from domain.locales import best, canonical, check_locales, check_tag
from domain.variables import Variable, VariableType, check_declarations, resolve
from resolvers.context import Context
from resolvers.snippets import pinned

MOST_MISTAKES: Final = 10


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
class TemplateLocale:
    """The same mail in another language, with the same variables."""

    locale: Annotated[str, "Its language as a BCP 47 tag, such as `pt-BR`."]
    subject: Annotated[str, "The subject line, in Liquid."]
    body: Annotated[str, "The body, in the language that `kind` names, with Liquid in it."]
    text: Annotated[
        str | None, "The plain text part, in Liquid; read out of the HTML unless given."
    ] = None


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
    locales: Annotated[
        tuple[TemplateLocale, ...],
        "The content in other languages, each at most once; up to 50, of 2,000,000 characters in"
        " all.",
    ] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered mail, or why there is none."""

    rendered: Rendered | None
    errors: Sequence[Told] = ()
    locale: str | None = None


async def preview(
    ctx: Context,
    version: TemplateVersion,
    values: Annotated[
        dict[str, Any], "A JSON object with a value for each variable that needs one."
    ],
    locale: Annotated[
        str | None,
        "The reader's language as a BCP 47 tag. They get the variant that lookup finds (RFC 4647):"
        " for `de-AT` that of `de-AT`, or else of `de`, or else the main source.",
    ] = None,
) -> Preview:
    """The mail that this version becomes with these values. Nothing is stored or sent."""
    try:
        at = _best_variant(version, locale)
        rendered = await _rendered(ctx, version, values, at)
    except UserError as error:
        return Preview(None, error.each())
    return Preview(rendered, (), None if at is None else version.locales[at].locale)


async def differences(
    ctx: Context,
    version: TemplateVersion,
    since: Annotated[
        VersionId | None,
        "An earlier or later version of the same template; the one before unless given.",
    ] = None,
) -> Differences | None:
    """What is different in this version, seen from another; null for the first, seen from the one
    before. NOT_FOUND for what is no version of the same template.
    """
    other: TemplateVersion | None
    if since is None:
        place = (version.template_id, version.number)
        other = await ctx.loaders.load(loaders.version_before.load, place)
    else:
        other = await _of_template(ctx, since, version.template_id)
    if other is None:
        return None
    # Large texts take tens of milliseconds: nobody else waits for them.
    return await to_thread(between, other.content, version.content)


async def _of_template(ctx: Context, id: VersionId, template: UUID) -> TemplateVersion:
    found: TemplateVersion | None = await ctx.loaders.load(loaders.versions.load, id)
    if found is None or found.template_id != template:
        raise NotFound("There is no such version of this template.", ("since",))
    return found


async def checked_content(ctx: Context, given: TemplateContent, whose: Whose) -> Content:
    """The content, once everything that can be known without values was found right.

    What it renders of those snippets is pinned to it as it is now.
    """
    content = _given(given)
    declared = (
        Problem(_as_declared(each.path), each.message)
        for each in check_declarations(content.variables)
    )
    _refuse_at(("content",), [*declared, *check_locales(content.locales)])
    content = replace(content, snippets=await pinned(ctx, content, whose))
    _refuse_at(("content",), await _mistakes(ctx, content))
    named = [replace(each, locale=canonical(each.locale)) for each in content.locales]
    return replace(content, locales=sorted(named, key=lambda each: each.locale))


def _given(given: TemplateContent) -> Content:
    return Content(
        Source(given.kind, given.subject, given.body, given.text),
        [_variable(each) for each in given.variables],
        [LocaleVariant(e.locale, e.subject, e.body, e.text) for e in given.locales],
    )


def stored(content: Content) -> dict[str, Any]:
    """The content as the attributes of a version."""
    return {
        **asdict(content.source),
        "variables": list(content.variables),
        "locales": list(content.locales),
        "snippets": list(content.snippets),
    }


async def _mistakes(ctx: Context, content: Content) -> list[Problem]:
    """What is wrong with the source and with its variants, until there is enough to tell."""
    check = ctx.resources.renderer.check
    declared = [variable.name for variable in content.variables]
    problems = await check(content.source, declared, content.snippets)
    for index, variant in enumerate(content.locales):
        if len(problems) >= MOST_MISTAKES:
            break
        source = variant.source(content.source.kind)
        found = await check(source, declared, content.snippets)
        problems += [_at(("locales", index), problem) for problem in found]
    return problems


def _best_variant(version: TemplateVersion, locale: str | None) -> int | None:
    """The index of the variant for a reader of that language; None for the main source."""
    if locale is None:
        return None
    refuse(list(check_tag(locale, ("locale",))))
    tags = [variant.locale for variant in version.locales]
    tag = best(locale, tags)
    return None if tag is None else tags.index(tag)


async def _rendered(
    ctx: Context, version: TemplateVersion, values: Any, at: int | None
) -> Rendered:
    """The mail in the variant at that index; what is wrong with the variant is told there."""
    if not isinstance(values, dict):
        raise Invalid.at("values", message='Give a JSON object, such as {"firstName": "Ada"}.')
    resolved, problems = resolve(version.variables, values)
    _refuse_at(("values",), problems)
    if at is None:
        return await ctx.resources.renderer.render(
            version.content.source, resolved, version.snippets
        )
    try:
        source = version.locales[at].source(version.kind)
        return await ctx.resources.renderer.render(source, resolved, version.snippets)
    except Invalid as error:
        raise Invalid([_at(("locales", at), problem) for problem in error.problems]) from None


def _refuse_at(place: Path, problems: Sequence[Problem]) -> None:
    refuse([_at(place, problem) for problem in problems])


def _at(place: Path, problem: Problem) -> Problem:
    return Problem((*place, *problem.path), problem.message)


def _as_declared(path: Path) -> Path:
    """The place in a client's declaration, which says `defaultValue` for the default."""
    index, *inner = path
    renamed = ("defaultValue", *inner[1:]) if inner[:1] == ["default"] else inner
    return ("variables", index, *renamed)


def _variable(given: TemplateVariable) -> Variable:
    return Variable(
        name=given.name,
        type=given.type,
        required=given.required,
        default=given.default_value,
        description=given.description,
    )
