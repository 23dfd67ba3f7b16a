"""Pictures of ours are made of anybody's, and hostile ones cost nobody anything."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from adapters.pictures.pool import Pictures
from domain.avatars import SIZES
from domain.errors import Invalid
from tests.pictures import (
    claiming,
    encoded,
    endless_scans,
    moving,
    noisy,
    photograph,
    picture,
)
from tests.rendering import WITHIN


@pytest.fixture(scope="module")
async def pictures() -> AsyncIterator[Pictures]:
    async with Pictures() as running:
        yield running


async def made(pictures: Pictures, content: bytes, size: int = 64) -> Image.Image:
    async with asyncio.timeout(WITHIN):
        [square] = await pictures.squares(content, [size])
    image = Image.open(BytesIO(square))
    image.load()
    assert image.format == "WEBP"
    return image


async def refusal(pictures: Pictures, content: bytes) -> str:
    async with asyncio.timeout(WITHIN):
        with pytest.raises(Invalid) as caught:
            await pictures.squares(content, SIZES)
    [problem] = caught.value.problems
    assert problem.path == ("file",)
    return problem.message


def is_near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    pixel: Any = image.convert("RGBA" if len(colour) > 3 else "RGB").getpixel(at)
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


async def test_a_picture_becomes_a_square_of_every_size(pictures: Pictures) -> None:
    squares = await pictures.squares(picture(), SIZES)
    assert [Image.open(BytesIO(each)).size for each in squares] == [
        (64, 64),
        (256, 256),
        (512, 512),
    ]


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (picture(), (200, 30, 60)),
        (picture(format="JPEG"), (200, 30, 60)),
        (picture(format="WEBP"), (200, 30, 60)),
        (picture("RGBA", (200, 30, 60, 128)), (200, 30, 60, 128)),
        (picture("LA", (90, 128)), (90, 90, 90, 128)),
        (picture("L", 90), (90, 90, 90)),
        (picture("1", 1), (255, 255, 255)),
        (picture("I;16", 90 * 256), (90, 90, 90)),
        (encoded(Image.new("RGB", (9, 9), (200, 30, 60)).quantize(4), "PNG"), (200, 30, 60)),
        (picture("CMYK", (0, 255, 255, 0), "JPEG"), (254, 0, 0)),
        (moving("MPO"), (0, 0, 0)),
    ],
    ids=lambda part: str(part) if isinstance(part, tuple) else "",
)
async def test_pictures_of_every_mode_look_as_they_did(
    pictures: Pictures, content: bytes, colour: tuple[int, ...]
) -> None:
    assert is_near(await made(pictures, content), (32, 32), colour)


async def test_the_middle_is_kept(pictures: Pictures) -> None:
    image = Image.new("RGB", (300, 100), (255, 0, 0))
    image.paste((0, 0, 255), (100, 0, 200, 100))
    square = await made(pictures, encoded(image, "PNG"))
    assert all(is_near(square, at, (0, 0, 255)) for at in ((4, 4), (60, 60)))


async def test_it_stands_upright_and_says_nothing_besides(pictures: Pictures) -> None:
    [square] = await pictures.squares(photograph(), [64])
    image = Image.open(BytesIO(square))
    assert is_near(image, (32, 8), (0, 0, 255))
    assert is_near(image, (32, 56), (255, 0, 0))
    assert not dict(image.getexif())
    assert {"exif", "icc_profile", "xmp", "comment"}.isdisjoint(image.info)
    assert b"mine" not in square


async def test_what_stands_behind_a_picture_is_gone(pictures: Pictures) -> None:
    [square] = await pictures.squares(picture() + b"PK\3\4<script>alert(1)</script>", [64])
    assert b"script" not in square


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read"),
        (encoded(Image.new("P", (20, 20)), "GIF"), "no picture that can be read"),
        (encoded(Image.new("RGB", (20, 20)), "TIFF"), "no picture that can be read"),
        (moving("WEBP"), "moves"),
        (moving("PNG"), "moves"),
        (noisy("JPEG")[:-9_000], "damaged"),
        (noisy("PNG")[:9_000], "damaged"),
        (noisy("WEBP")[:9_000], "damaged"),
        (claiming(60_000, 60_000), "60,000 by 60,000"),
        (claiming(20_001, 1), "20,001 by 1"),
        (claiming(6_400, 6_400), "6,400 by 6,400"),
        (claiming(6_000, 6_000), "damaged"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
async def test_what_is_no_picture_to_show_is_refused_with_the_reason(
    pictures: Pictures, content: bytes, reason: str
) -> None:
    assert reason in await refusal(pictures, content)


async def test_a_picture_that_is_read_for_ever_costs_one_worker() -> None:
    async with Pictures(timeout=3.0) as impatient:
        assert "takes longer than 3 s" in await refusal(impatient, endless_scans(5_000))
        assert (await made(impatient, picture())).size == (64, 64)


async def test_a_picture_that_needs_too_much_memory_costs_one_worker() -> None:
    large = encoded(Image.new("RGB", (6_000, 6_000)), "PNG")
    async with Pictures(memory_bytes=256 * 2**20, timeout=WITHIN) as small:
        assert "more than 256 MiB of memory" in await refusal(small, large)
        assert (await made(small, picture())).size == (64, 64)
