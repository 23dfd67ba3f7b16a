"""What has changed since a stage was last about the content."""

import asyncio
from uuid import UUID

from db import loaders
from db.models import Approval, ApprovalStage, TemplateVersion
from domain.differences import Differences, differences
from resolvers.context import Context


async def changes(ctx: Context, stage: ApprovalStage) -> Differences | None:
    """What is different from the content that this stage was about before new content voided it;
    null once it is approved again, and where it never was voided.
    """
    if stage.changed_since_id is None:
        return None
    approval: Approval | None = await ctx.loaders.load(loaders.approvals.load, stage.approval_id)
    if approval is None:
        return None
    before, after = await asyncio.gather(
        _version(ctx, stage.changed_since_id), _version(ctx, approval.version_id)
    )
    return differences(before.content, after.content)


async def _version(ctx: Context, id: UUID) -> TemplateVersion:
    found: TemplateVersion = await ctx.loaders.require(loaders.versions.load, id)
    return found
