"""Anything by its id."""

from auth.access import AUTHENTICATED, PUBLIC
from db import loaders
from engine.types import Node, record
from resolvers import nodes
from schema.building import lookup


@record("Nodes.", access=PUBLIC)
class NodeQueries:
    node = lookup(
        nodes.node,
        source=loaders.anything,
        type=Node | None,
        access=AUTHENTICATED,
        absent=nodes.absent,
    )
    nodes = lookup(
        nodes.nodes, source=loaders.anything, type=list[Node | None], access=AUTHENTICATED
    )
