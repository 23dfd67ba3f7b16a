"""Pictures to test with, good ones and others."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"


def picture(mode: str = "RGB", colour: Any = (200, 30, 60), format: str = "PNG") -> bytes:
    """A small one of one colour."""
    return encoded(Image.new(mode, (30, 20), colour), format)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    made = BytesIO()
    image.save(made, format, **options)
    return made.getvalue()


def moving(format: str) -> bytes:
    """Three frames."""
    first, *others = [Image.new("RGB", (30, 20), (90 * n, 0, 0)) for n in range(3)]
    return encoded(first, format, save_all=True, append_images=others)


def photograph() -> bytes:
    """Taken with the camera on its side: the sky, which is blue, is at its left; and it says where
    it was taken.
    """
    image = Image.new("RGB", (300, 200), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, 150, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera of mine"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 30.0)}
    return encoded(image, "JPEG", exif=exif, comment=b"A word of mine")


def noisy(format: str) -> bytes:
    """One that cannot be compressed to a few bytes."""
    return encoded(Image.effect_noise((300, 300), 80), format)


def claiming(width: int, height: int) -> bytes:
    """A PNG of some 100 bytes that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000))
    return PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def endless_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again, each over all of the picture."""
    image = Image.new("L", (6_000, 6_000), 90)
    made = encoded(image, "JPEG", progressive=True, quality=1)
    last = made.rindex(b"\xff\xda")
    return made[:-2] + made[last:-2] * scans + made[-2:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
