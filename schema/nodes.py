"""Anything by its id."""

from auth.access import AUTHENTICATED, PUBLIC
from db import loaders
from engine.types import node, record
from resolvers import nodes, permits
from schema.building import answered, lookup
from schema.permits import Permit


@node("A thing with an id under which it can always be asked for.", access=PUBLIC)
class Node:
    viewer_can = answered(permits.viewer_can, type=Permit, reads=permits.looked_at)


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
