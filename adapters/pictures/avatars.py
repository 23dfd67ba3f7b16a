"""A picture of any kind becomes a square of ours, of which nothing is kept but what one sees."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError
from PIL.Image import Resampling, Transpose

from domain.errors import Invalid

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 20_000
QUALITY: Final = 82

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What turns a picture of each orientation upright (EXIF 2.32, 4.6.4)."""

# How large a picture may be is checked here, before anything of it is decoded.
Image.MAX_IMAGE_PIXELS = None


def squares(content: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """The middle of the picture as WebP of each of the sizes; raises `Invalid`."""
    square = _square(content, max(sizes))
    for size in sizes:
        yield _webp(square.resize((size, size), Resampling.LANCZOS))


def _square(content: bytes, size: int) -> Image.Image:
    picture = _opened(content)
    _check(picture)
    try:
        return _upright(_middle(picture, size), _orientation(picture))
    except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError):
        raise _refused("This picture is damaged or not all there: export it anew.") from None


def _opened(content: bytes) -> Image.Image:
    """The type is told by the content, whatever the file is called."""
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise _refused("This is no picture that can be read: use JPEG, PNG or WebP.") from None
    except (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError):
        raise _refused("This picture is damaged or not all there: export it anew.") from None


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _refused(
            f"A picture has at most {MOST_PIXELS:,} pixels and {LONGEST_SIDE:,} on a side; this"
            f" one has {width:,} by {height:,}."
        )
    # Many cameras put a second view or a depth map beside a JPEG: that is no animation.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise _refused("This picture moves: use one that stands still.")


def _middle(picture: Image.Image, size: int) -> Image.Image:
    """The largest square in the middle, as wide as is wanted."""
    picture.draft(None, (2 * size, 2 * size))
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    whole = _in_bytes(picture).convert("RGBA" if picture.has_transparency_data else "RGB")
    return whole.resize((size, size), Resampling.LANCZOS, box, reducing_gap=3.0)


def _in_bytes(picture: Image.Image) -> Image.Image:
    """Greys of 16 bits become greys of 8, which Pillow would cut off at white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")


def _orientation(picture: Image.Image) -> int:
    """How the camera was held; a note of it that makes no sense counts as none."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - EXIF is written by everybody, and read by chance
        return 1


def _upright(square: Image.Image, orientation: int) -> Image.Image:
    turn = _UPRIGHT.get(orientation)
    return square if turn is None else square.transpose(turn)


def _webp(square: Image.Image) -> bytes:
    square.info.clear()
    made = BytesIO()
    square.save(made, "WEBP", quality=QUALITY)
    return made.getvalue()


def _refused(message: str) -> Invalid:
    return Invalid.at("file", message=message)
