"""Anything by its id."""

from auth.access import AUTHENTICATED, PUBLIC
from engine.types import Node, record
from resolvers import nodes
from schema.building import query


@record("Nodes.", access=PUBLIC)
class NodeQueries:
    node = query(nodes.node, type=Node | None, access=AUTHENTICATED)
    nodes = query(nodes.nodes, type=list[Node | None], access=AUTHENTICATED)
