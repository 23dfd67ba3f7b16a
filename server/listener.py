"""Uvicorn, set up for an application of ours."""

import socket

import uvicorn
from starlette.applications import Starlette

from server import protocol, socket_protocol
from server.settings import Settings
from server.streams import Streams

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than load balancers keep theirs."""

PING = 20.0
"""Seconds between looks at whether a socket's client is still there."""

GRACE = 2
"""Seconds that running operations get to finish when the server stops."""


class Server(uvicorn.Server):
    """When it shuts down, it ends open streams first: they would never end by themselves."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        super().__init__(configuration(app, settings))
        self._streams: Streams = app.state.streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._streams.close()
        await super().shutdown(sockets)


def configuration(app: Starlette, settings: Settings) -> uvicorn.Config:
    """Logs go where the process has configured them to go."""
    return uvicorn.Config(
        app,
        http=protocol.within(settings.request_timeout),
        ws=socket_protocol.pinging(PING),
        ws_ping_interval=PING,
        # A message somewhat too large still gets the protocol's own 4400 from the application.
        ws_max_size=2 * settings.max_websocket_message_bytes,
        # Compressed sockets cost memory and time that small JSON messages do not repay.
        ws_per_message_deflate=False,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
