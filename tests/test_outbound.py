"""Calls to addresses that others chose reach what is public, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest

from adapters import outbound
from adapters.outbound import LARGEST_ANSWER, Forbidden, Outbound, Unreachable, is_public

LOOPBACK = [ip_network("127.0.0.0/8")]
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """A server's address that answers each connection so."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def replying(head: str, body: bytes = b"") -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return answer


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - it is not bound to
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_what_only_some_machines_can_reach_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))


async def test_a_private_address_is_refused_before_anything_is_sent() -> None:
    async with listening(replying("200 OK")) as url, Outbound() as out:
        with pytest.raises(Forbidden, match="not a public address"):
            await out.post(url, {}, b"{}")
        with pytest.raises(Forbidden, match="not a public address"):
            await out.post(url.replace("127.0.0.1", "localhost"), {}, b"{}")


async def test_an_allowed_network_is_called_and_its_answer_told() -> None:
    async with listening(replying("202 Accepted", b"thanks")) as url, Outbound(LOOPBACK) as out:
        reply = await out.post(f"{url}/hook?a=1", {"x-custom": "1"}, b"{}")
    assert (reply.status, reply.body) == (202, b"thanks")


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    head = "302 Found\r\nlocation: http://127.0.0.1:1/elsewhere"
    async with listening(replying(head)) as url, Outbound(LOOPBACK) as out:
        assert (await out.post(url, {}, b"{}")).status == 302


async def test_a_long_answer_is_cut() -> None:
    async with listening(replying("200 OK", b"x" * 10_000_000)) as url, Outbound(LOOPBACK) as out:
        assert len((await out.post(url, {}, b"{}")).body) == LARGEST_ANSWER


async def test_who_answers_too_late_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as url, Outbound(LOOPBACK) as out:
        with pytest.raises(Unreachable, match="within"):
            await out.post(url, {}, b"{}")


async def test_who_is_not_there_or_speaks_nonsense_is_unreachable() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello?\r\n\r\n")
        await writer.drain()

    async with listening(nonsense) as url, Outbound(LOOPBACK) as out:
        with pytest.raises(Unreachable, match="closed"):
            await out.post(url, {}, b"{}")
    async with Outbound(LOOPBACK) as out:
        with pytest.raises(Unreachable):
            await out.post(url, {}, b"{}")
        with pytest.raises(Unreachable, match="not known"):
            await out.post("https://nowhere.invalid/", {}, b"{}")
