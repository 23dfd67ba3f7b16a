"""What clients see. The roots are composed here, one line a noun."""

import strawberry

from auth.access import PUBLIC
from engine.types import finished, record
from schema import enums
from schema.accounts import AccountMutations, AccountQueries
from schema.approvals import ApprovalMutations, ApprovalSubscriptions
from schema.comments import CommentMutations, CommentSubscriptions
from schema.errors import ConflictError, LimitError, NotFoundError, ValidationError
from schema.nodes import NodeQueries
from schema.organizations import OrganizationMutations, OrganizationQueries
from schema.templates import TemplateMutations, TemplateSubscriptions


@record("Everything that can be asked.", access=PUBLIC)
class Query(
    AccountQueries,
    OrganizationQueries,
    NodeQueries,
):
    pass


@record("Everything that can be done. Each takes one `input`.", access=PUBLIC)
class Mutation(
    AccountMutations,
    OrganizationMutations,
    TemplateMutations,
    CommentMutations,
    ApprovalMutations,
):
    pass


@record("Everything that can be followed as it happens.", access=PUBLIC)
class Subscription(
    TemplateSubscriptions,
    CommentSubscriptions,
    ApprovalSubscriptions,
):
    pass


schema = finished(
    strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=[ValidationError, ConflictError, NotFoundError, LimitError],
    )
)

__all__ = ["enums", "schema"]
