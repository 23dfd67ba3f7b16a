"""Documents whose examples are run: what is in them, and whether an answer is the one written.

A fence's first word is its language, the others say what it is for. In an answer `$name` takes the
value that comes there and stands for it from then on; `…` is anything.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

Known = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLANK = re.compile(r"(…|\$[a-z]\w*)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a document."""

    language: str
    role: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Curl:
    """What a curl command sends."""

    url: str
    headers: dict[str, str]
    data: str


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found[1], found[2].strip(), found[3], line)


def prose(document: Path) -> str:
    """The document without its blocks."""
    return FENCE.sub("", document.read_text("utf-8"))


def filled(text: str, known: Known) -> str:
    """JSON text with what is known in the place of its names."""
    for name, value in known.items():
        text = text.replace(f'"${name}"', json.dumps(value))
        text = "".join(str(value) if part == f"${name}" else part for part in BLANK.split(text))
    return text


def curl(command: str, known: Known) -> Curl:
    """Understands `--header`, `--data` and an address."""
    words = [filled(word, known) for word in shlex.split(command.replace("\\\n", ""))]
    assert words[0] == "curl"
    options = list(pairwise(words))
    headers = [value.split(": ", 1) for option, value in options if option == "--header"]
    [data] = [value for option, value in options if option == "--data"]
    [url] = [word for word in words if word.startswith("http")]
    return Curl(url, dict(headers), data)


def conversation(text: str, known: Known) -> Iterator[tuple[bool, Any]]:
    """Messages in their order, each with whether it is sent or expected."""
    for message in re.split(r"^(?=[→←])", text, flags=re.MULTILINE):
        if message.startswith("→"):
            yield True, json.loads(filled(message[1:], known))
        elif message:
            yield False, json.loads(message[1:])


def differences(written: Any, answer: Any, known: Known, at: str = "") -> Iterator[str]:
    """Where an answer is not the one that is written; learns what the names stand for."""
    match written, answer:
        case dict(), dict() if list(written) == list(answer):
            for key, value in written.items():
                yield from differences(value, answer[key], known, f"{at}.{key}")
        case list(), list() if len(written) == len(answer):
            for index, (one, other) in enumerate(zip(written, answer, strict=True)):
                yield from differences(one, other, known, f"{at}[{index}]")
        case str(), _ if _fits(written, answer, known):
            return
        case _ if written != answer:
            yield f"{at}: {json.dumps(written)} is written, {json.dumps(answer)} came"


def says(written: str, text: str, known: Known) -> bool:
    """Whether the lines that are written follow each other in the text, blank ones left aside;
    learns what the names stand for.
    """
    lines, said = (list(filter(None, each.splitlines())) for each in (written, text))
    for start in range(len(said) - len(lines) + 1):
        learnt = dict(known)
        if all(_fits(line, each, learnt) for line, each in zip(lines, said[start:], strict=False)):
            known.update(learnt)
            return True
    return False


def _fits(written: str, answer: Any, known: Known) -> bool:
    if written == "…":
        return True
    if BLANK.fullmatch(written):
        return bool(known.setdefault(written[1:], answer) == answer)
    found = re.fullmatch(_pattern(written, known), str(answer), re.DOTALL)
    if found is None:
        return False
    learnt = found.groupdict()
    known.update({name: int(text) if text.isdigit() else text for name, text in learnt.items()})
    return True


def _pattern(written: str, known: Known) -> str:
    return "".join(
        re.escape(part) if not BLANK.fullmatch(part) else _blank(part, known)
        for part in BLANK.split(written)
    )


def _blank(part: str, known: Known) -> str:
    if part == "…":
        return ".*"
    name = part[1:]
    return re.escape(str(known[name])) if name in known else f"(?P<{name}>.+?)"
