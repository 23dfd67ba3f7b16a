"""Snippets in Liquid: `{% render 'footer' %}`, with names that are known without any values."""

from typing import TextIO

from liquid.builtin.expressions import StringLiteral
from liquid.builtin.tags.render_tag import RenderNode, RenderTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.stream import TokenStream


class SnippetNode(RenderNode):
    """A snippet that is rendered; what fails in it is told with its name."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        try:
            return super().render_to_output(context, buffer)
        except LiquidError as error:
            error.template_name = error.template_name or _name(self)
            raise


class SnippetTag(RenderTag):
    """Renders a snippet that is named in quotes, never one that a variable names."""

    node_class = SnippetNode

    def parse(self, stream: TokenStream) -> SnippetNode:
        node = super().parse(stream)
        if isinstance(node, SnippetNode) and _name(node) is not None:
            return node
        raise LiquidSyntaxError("give the snippet's name in quotes", token=node.token)


def _name(node: RenderNode) -> str | None:
    return node.name.value if isinstance(node.name, StringLiteral) else None
