"""An SMTP server (RFC 5321) that keeps what it is given, and refuses whom it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class PostOffice:
    """`mails` are those that were accepted; `refuses` answers an address with that reply."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, int] = field(default_factory=dict)
    envelopes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post office\r\n")
        while line := await reader.readline():
            writer.write(f"{await self._reply(line.decode().strip(), reader, writer)}\r\n".encode())
            await writer.drain()
            if line[:4].upper() == b"QUIT":
                break
        writer.close()

    async def _reply(
        self, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        match command[:4].upper():
            case "EHLO":
                return "250-post office\r\n250 SMTPUTF8"
            case "RCPT":
                address = command.partition("<")[2].partition(">")[0]
                self.envelopes.append(address)
                return f"{self.refuses.get(address, 250)} so be it"
            case "DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(content, policy=default))
        return "250 so be it"


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
