"""Posting to addresses that others chose, without being made to reach what only we can reach.

What a name resolves to is looked at when the connection is made, and the connection goes to exactly
that address: a name that changes its mind in between (DNS rebinding) gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Self

import certifi
import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

SECONDS: Final = 10.0
"""For all of it: finding the address, connecting, sending, and reading the answer."""

LARGEST_ANSWER: Final = 64 * 1024
"""Bytes; what is longer is cut."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64: Final = IPv6Network("64:ff9b::/96")
FAILURES: Final = (
    OSError,
    TimeoutError,
    ssl.SSLError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class Unreachable(Exception):
    """There was no answer; `str(error)` says why, in words for the owner of the address."""


class Forbidden(Unreachable):
    """The name stands for an address that is not for us to call."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; redirects are answers like any other and are not followed."""

    status: int
    body: bytes


class Outbound:
    """Calls public addresses and those of `allowed` networks; safe to share."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(cafile=certifi.where()),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=30,
            network_backend=_Guarded(allowed),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a POST, within ten seconds; raises `Unreachable`."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(url, headers, body)
        except TimeoutError:
            raise Unreachable(f"There was no whole answer within {SECONDS:g} seconds.") from None
        except FAILURES as error:
            raise Unreachable(_told(error)) from error

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        given = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        async with self._pool.stream("POST", url, headers=given, content=body) as response:
            read = bytearray()
            async for part in response.aiter_stream():
                read += part
                if len(read) >= LARGEST_ANSWER:
                    break
            return Reply(response.status, bytes(read[:LARGEST_ANSWER]))


class _Guarded(AsyncNetworkBackend):
    """Connects to addresses, after it has looked at them."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature that httpcore calls
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        found = await _addresses(host, port)
        reachable = [each for each in found if is_public(each) or self._is_allowed(each)]
        if not reachable:
            raise Forbidden(f"{host} is not a public address.")
        return await self._backend.connect_tcp(
            str(reachable[0]), port, timeout, local_address, socket_options
        )

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)


async def _addresses(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def is_public(address: Address) -> bool:
    """Whether everybody on the Internet means the same machine by it (IANA's registries)."""
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The address that a translator or a tunnel would really send to."""
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "The certificate of the address could not be verified."
    if isinstance(error, socket.gaierror):
        return "The name of the address is not known."
    return "The connection failed, or was closed before there was a whole answer."
