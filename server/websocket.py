"""GraphQL over WebSocket with the graphql-transport-ws protocol, and no other."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Final

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from domain.errors import Forbidden, Refusal, Unauthenticated, Unavailable
from server import failures, following, messages, origins, standing
from server.following import Following
from server.messages import Close, Complete, ConnectionInit, Message, Payload, Ping, Subscribe
from server.metrics import Metrics
from server.services import OperationContext, Services, answers
from server.settings import Settings
from server.streams import PATIENCE, Ended, Ending, Lifetime, Streams

log = structlog.get_logger(__name__)

PROTOCOL: Final = "graphql-transport-ws"
GOODBYE: Final = 1.0
"""Seconds that a close frame may take to leave."""

CLOSES: Final[Mapping[Ending, Close]] = {
    Ending.NOT_INITIALISED: Close(4408, "Connection initialisation timeout"),
    Ending.TOKEN_EXPIRED: Close(4403, "Forbidden: the access token has expired"),
    Ending.SIGNED_OUT: Close(4403, "Forbidden: the session has ended"),
    Ending.CLIENT_TOO_SLOW: Close(
        1013, "Messages were not read in time: subscribe again with `after`"
    ),
    Ending.SERVER_CLOSING: Close(1001, "The server is going away"),
}


async def serve(
    websocket: WebSocket,
    services: Services,
    settings: Settings,
    streams: Streams,
    metrics: Metrics,
) -> None:
    """Lets a client in and serves it until either side closes the socket."""
    refusal = _refusal(websocket, settings, streams)
    if refusal is not None:
        response = failures.response(refusal, websocket.state.request_id)
        await websocket.send_denial_response(response)
    elif PROTOCOL in websocket.scope["subprotocols"]:
        await websocket.accept(subprotocol=PROTOCOL)
        await Socket(websocket, services, settings, streams, metrics).run()
    else:
        await websocket.accept()
        await websocket.close(4406, f"Subprotocol not acceptable: use {PROTOCOL}")


def _refusal(websocket: WebSocket, settings: Settings, streams: Streams) -> Refusal | None:
    if streams.full:
        return Unavailable("Too many streams are open here: try again in a few seconds.")
    if origins.may_connect(websocket, settings):
        return None
    origin = websocket.headers.get("origin")
    return Forbidden(f"{origin} may not open sockets here: add it to CORS_ORIGINS.")


class Socket:
    """One client's connection; its operations run at the same time, each in its own task.

    An operation goes on when its last answer has left, so a client that reads slowly slows its
    own operations down and keeps at most one answer of each waiting.
    """

    def __init__(
        self,
        websocket: WebSocket,
        services: Services,
        settings: Settings,
        streams: Streams,
        metrics: Metrics,
    ) -> None:
        self._websocket = websocket
        self._services = services
        self._settings = settings
        self._streams = streams
        self._metrics = metrics
        self._request_id: str = websocket.state.request_id
        self._lifetime = Lifetime()
        self.write = following.writer(websocket)
        self._initialised = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            await self._converse()
        except WebSocketDisconnect:
            pass
        except Close as close:
            await self._close(close)
        except Ended as ended:
            await self._close(CLOSES[ended.ending])
        except Exception as error:  # noqa: BLE001 (a fault of ours may not reach the client)
            failures.told(error, self._request_id)
            await self._close(Close(4500, f"Internal server error, request {self._request_id}"))
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self) -> None:
        patience = self._settings.connection_init_timeout
        try:
            async with self._streams.open() as self._lifetime:
                self._lifetime.within(patience, Ending.NOT_INITIALISED)
                while True:
                    await self._take(await self._receive())
        finally:
            for task in self._tasks:
                task.cancel()

    async def _receive(self) -> Message:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event["code"])
        return messages.parsed(event.get("text"), self._settings.max_websocket_message_bytes)

    async def _take(self, message: Message) -> None:
        match message:
            case ConnectionInit(payload):
                await self._initialise(payload)
            case Subscribe():
                await self._subscribe(message)
            case Complete(id):
                self._stop(id)
            case Ping(payload):
                await self._pong(payload)

    async def _initialise(self, payload: Payload) -> None:
        if self._initialised:
            raise Close(4429, "Too many initialisation requests")
        self._initialised = True
        with standing.forbidding():
            self._admit(
                await standing.introduced(self._websocket, self._services, self._settings, payload)
            )
        self._websocket.scope["headers"].clear()  # read; an idle socket is to be small
        await self.send(messages.ACK)

    def _admit(self, context: OperationContext) -> None:
        self._streams.admit(self._lifetime, context)
        self._lifetime.until(context.actor.expires_at, Ending.TOKEN_EXPIRED)

    async def _pong(self, payload: Payload) -> None:
        """A ping that brings a newer access token has the socket go on by it."""
        context = self._lifetime.context
        with standing.forbidding():
            newer = context and await standing.prolonged(context, payload)
        if newer:
            self._admit(newer)
            payload = {"expiresAt": newer.actor.expires_at}
        await self.send(messages.pong(payload))

    async def _subscribe(self, message: Subscribe) -> None:
        if self._lifetime.context is None:
            raise Close(4401, "Unauthorized: send connection_init and wait for connection_ack")
        if message.id in self._operations:
            raise Close(4409, f"Subscriber for {message.id} already exists")
        most = self._settings.max_subscriptions_per_socket
        if len(self._operations) < most:
            self._start(message)
            return
        text = f"A socket runs {most} operations at most: complete one, or open another socket."
        await self.send(messages.error(message.id, [failures.formatted(text, "RATE_LIMITED")]))

    def _start(self, message: Subscribe) -> None:
        task = asyncio.create_task(self._operate(message))
        self._operations[message.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop(self, id: str) -> None:
        """The client's wish; an operation that is over already may still be asked to stop."""
        task = self._operations.pop(id, None)
        if task is not None:
            task.cancel()

    async def _operate(self, message: Subscribe) -> None:
        try:
            last = await self._answer(message)
            del self._operations[message.id]
            await self.send(last)
        except Ended as ended:
            self._lifetime.end(ended.ending)
        except WebSocketDisconnect:
            pass

    async def _answer(self, message: Subscribe) -> bytes:
        """Sends what an operation answers and returns the message that ends it."""
        engine = self._services.engine
        try:
            operation = engine.prepare(message.request)
            fresh, each = await self._renewed(), Following(self, message.id)
            stream = answers(engine, operation, fresh, self._renewed, self._metrics, each)
            async with aclosing(stream):
                async for answer in stream:
                    if answer.is_failure:
                        return messages.error(message.id, answer.errors)
                    await self.send(*each.parts(answer))
            await self._go_on(fresh)
        except (Ended, WebSocketDisconnect):
            raise
        except Exception as error:  # noqa: BLE001 (whatever ends an operation is told to the client)
            return messages.error(message.id, failures.told(error, self._request_id))
        return messages.complete(message.id)

    def end(self, ending: Ending) -> None:
        self._lifetime.end(ending)

    async def _renewed(self) -> OperationContext:
        """A context of an operation's own, of who the client is by now."""
        if self._lifetime.context is None:
            raise Unauthenticated(standing.NOBODY)
        return await self._still_there(self._lifetime.context)

    async def _go_on(self, context: OperationContext) -> None:
        """An operation that has refreshed the session prolongs the socket."""
        before = self._lifetime.context
        if before and standing.is_prolonged(context.actor, before.actor):
            self._admit(await self._still_there(context))

    async def _still_there(self, context: OperationContext) -> OperationContext:
        """The caller as they are now; who signed out loses the whole socket."""
        try:
            return await context.renewed()
        except Unauthenticated:
            self._lifetime.end(Ending.SIGNED_OUT)
            raise

    async def send(self, *parts: bytes) -> None:
        """Raises `Ended` if the client has not made room for it in time."""
        if self.write(*parts):
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._websocket.send_text(b"".join(parts).decode())
        except TimeoutError:
            raise Ended(Ending.CLIENT_TOO_SLOW) from None

    async def _close(self, close: Close) -> None:
        with suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(GOODBYE):
                await self._websocket.close(close.code, close.reason)
