"""GraphQL requests that come with files, after the GraphQL multipart request specification."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from engine.execution import OperationRequest
from engine.uploads import Upload
from server import requests
from server.requests import Head, Malformed
from server.timers import Timers

MEDIA: Final = "multipart/form-data"
OPERATIONS, MAP = "operations", "map"
LARGEST_MAP: Final = 10_000
MOST_FILES: Final = 10
MOST_AROUND: Final = 20_000
"""Bytes of boundaries and headers, which belong to no part."""

PREFLIGHTED: Final = (
    b"authorization",
    b"x-csrf-token",
    b"apollo-require-preflight",
    b"graphql-require-preflight",
)
"""Headers that no form of another site can send: a browser asks us first."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest `operations`, and the most bytes of all files together."""

    operations: int
    files: int

    @property
    def whole(self) -> int:
        return self.operations + LARGEST_MAP + self.files + MOST_AROUND


def is_multipart(head: Head) -> bool:
    return head.get(b"content-type", "").partition(";")[0].strip().lower() == MEDIA


def check_sender(head: Head) -> None:
    """A form of any site can be sent here with our cookies, but not with a header of its own."""
    if all(head.get(name, None) is None for name in PREFLIGHTED):
        raise Malformed(
            "A multipart request must carry `Authorization`, `X-CSRF-Token`,"
            " `Apollo-Require-Preflight` or `GraphQL-Require-Preflight`: send one of these headers."
        )


async def asked(head: Head, receive: Receive, bounds: Bounds, patience: Timers) -> OperationRequest:
    """The operation with its files in place; raises `Malformed` with the place that is wrong."""
    form = Form(_boundary(head), bounds)
    await requests.take(head, receive, form.take, most=bounds.whole, patience=patience)
    return _request(form.finished())


def _boundary(head: Head) -> bytes:
    _, parameters = parse_options_header(head.get(b"content-type", ""))
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise Malformed("The `Content-Type` names no boundary: let your client make the body.")
    return boundary


class Form:
    """The parts of a body by their names, none of them larger than it may be."""

    def __init__(self, boundary: bytes, bounds: Bounds) -> None:
        self._bounds = bounds
        self._parts: dict[str, bytearray] = {}
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._name: str | None = None
        self._files = 0
        self._is_whole = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._spell(0, data[start:end]),
                    "on_header_value": lambda data, start, end: self._spell(1, data[start:end]),
                    "on_header_end": self._read_header,
                    "on_headers_finished": self._open,
                    "on_part_data": self._fill,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _broken(error) from None

    def take(self, data: bytes) -> None:
        """The next bytes; what comes after the last part does not count."""
        if self._is_whole:
            return
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _broken(error) from None

    def finished(self) -> Mapping[str, bytes]:
        if not self._is_whole:
            raise Malformed("The body ends before its last boundary: send all of it.")
        return {name: bytes(part) for name, part in self._parts.items()}

    def _begin(self) -> None:
        self._name = None

    def _spell(self, half: int, data: bytes) -> None:
        self._header[half].extend(data)

    def _read_header(self) -> None:
        name, value = (bytes(half) for half in self._header)
        self._header = (bytearray(), bytearray())
        if name.lower() == b"content-disposition":
            given = parse_options_header(value)[1].get(b"name", b"")
            self._name = given.decode(errors="replace")

    def _open(self) -> None:
        if not self._name:
            raise Malformed("A part of the body has no name: name it in `Content-Disposition`.")
        if self._name in self._parts:
            raise Malformed(f"The part {_quoted(self._name)} is repeated: send it once.")
        if len(self._parts) >= MOST_FILES + 2:
            raise Malformed(f"There are more than {MOST_FILES} files: send fewer.")
        self._parts[self._name] = bytearray()

    def _fill(self, data: bytes, start: int, end: int) -> None:
        name = self._name or ""
        self._parts[name] += data[start:end]
        if name in {OPERATIONS, MAP}:
            most = self._bounds.operations if name == OPERATIONS else LARGEST_MAP
            _check_size(f"The part `{name}` is", len(self._parts[name]), most)
        else:
            self._files += end - start
            _check_size("The files are together", self._files, self._bounds.files)

    def _end(self) -> None:
        self._is_whole = True


def _check_size(subject: str, size: int, most: int) -> None:
    if size > most:
        raise Malformed(f"{subject} larger than {most:,} bytes: send less.", 413)


def _broken(error: FormParserError) -> Malformed:
    return Malformed(f"The body is not well-formed: {error}. Let your client make it.")


def _request(parts: Mapping[str, bytes]) -> OperationRequest:
    operations, places = (_decoded(parts, name) for name in (OPERATIONS, MAP))
    files = {name: part for name, part in parts.items() if name not in {OPERATIONS, MAP}}
    if not isinstance(places, dict):
        raise Malformed('`map` must be an object like {"0": ["variables.input.file"]}.')
    for name in files.keys() ^ places.keys():
        missing = "is not in `map`" if name in files else "of `map` did not come"
        raise Malformed(f"The file {_quoted(name)} {missing}: send both.")
    request = requests.checked(operations)
    for name, content in files.items():
        upload = Upload.of(content)
        for place in _paths(name, places[name]):
            _put(operations, place, upload)
    return request


def _decoded(parts: Mapping[str, bytes], name: str) -> object:
    if name not in parts:
        raise Malformed(f"The part `{name}` is missing: send `{OPERATIONS}`, `{MAP}` and files.")
    return requests.decoded(parts[name], f"The part `{name}`")


def _paths(name: str, paths: object) -> list[str]:
    if isinstance(paths, list) and paths and all(isinstance(path, str) for path in paths):
        return paths
    raise Malformed(f"`map` must have a list of paths for the file {_quoted(name)}.")


def _put(operations: Any, path: str, upload: Upload) -> None:
    """Let the file stand where the path leads, which must be a null in `variables`."""
    *steps, last = path.split(".")
    inside: Any = operations if steps[:1] == ["variables"] else None
    for step in steps:
        inside = _step(inside, step)
    key = _key(inside, last)
    if key is None or inside[key] is not None:
        raise Malformed(f"The path {_quoted(path)} in `map` leads to no null in `variables`.")
    inside[key] = upload


def _step(inside: Any, step: str) -> Any:
    key = _key(inside, step)
    return None if key is None else inside[key]


def _key(inside: Any, step: str) -> Any:
    """The key or index that a step of a path is, where there is something under it."""
    if isinstance(inside, dict):
        return step if step in inside else None
    if (
        isinstance(inside, list)
        and step.isascii()
        and step.isdecimal()
        and len(step) < len("100000")
    ):
        return int(step) if int(step) < len(inside) else None
    return None


def _quoted(name: str) -> str:
    return repr(name[:100])
