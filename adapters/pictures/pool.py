"""Who makes pictures: one process, which is started when the first one is to be made."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

import structlog

from adapters.workers import frames
from adapters.workers.craft import Craft
from adapters.workers.crew import Crew
from domain.errors import Invalid

BACKLOG: Final = 8
"""Pictures that wait, each of some megabytes."""

CRAFT: Final = Craft(
    module="adapters.pictures.worker",
    place="file",
    slow="This picture takes longer than {:g} s to read: export it anew.",
    large="This picture needs more than {:,} MiB of memory to read: make it smaller.",
    deadly="This picture cannot be read: export it anew.",
    crowded="Too many pictures wait to be read: try again in a few seconds.",
    not_now="Pictures cannot be read at the moment: try again in a few seconds.",
    stopping="The server is stopping: try again in a few seconds.",
)

_log = structlog.get_logger(__name__)


class Pictures(Crew):
    """Makes pictures of ours of those that people upload."""

    def __init__(
        self, workers: int = 1, timeout: float = 10.0, memory_bytes: int = 1024 * 2**20
    ) -> None:
        super().__init__(CRAFT, workers, timeout, memory_bytes, BACKLOG)

    async def squares(self, content: bytes, sizes: Sequence[int]) -> list[bytes]:
        """The middle of a picture as WebP of so many pixels a side; raises `Invalid` at `file`."""
        answer = await self.do(frames.pack({"sizes": sizes}, content))
        if failure := answer.said.get("failure"):
            _log.error("picture_failed", failure=failure)
        if refused := answer.said.get("refused"):
            raise Invalid.at("file", message=refused)
        ends = accumulate(answer.said["lengths"], initial=0)
        return [answer.enclosed[begin:end] for begin, end in pairwise(ends)]
