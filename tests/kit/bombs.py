"""Photos that are small as files and large in time or memory, and broken ones."""

import io
import re

import numpy as np
from PIL import Image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file of a kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan, which refines all pixels, comes again and again."""
    whole = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = [found.start() for found in re.finditer(rb"\xff\xda", whole)][-1]
    return whole[:-2] + whole[last:-2] * (scans - whole.count(b"\xff\xda")) + b"\xff\xd9"


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes changed, a stretch cut out, doubled or moved, or the end missing."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at, n = int(random.integers(len(data))), int(random.integers(1, 40))
        match int(random.integers(5)):
            case 0:
                data[at] = int(random.integers(256))
            case 1:
                data[at : at + n] = random.bytes(n)
            case 2:
                del data[at : at + n]
            case 3:
                data[at:at] = data[at : at + n]
            case _:
                data[at : at + 4] = (0xFFFFFFFF, 0, 0x7FFFFFFF, 0x80000000)[int(random.integers(4))].to_bytes(4)
        if len(data) < 16:
            return content[:16]
    return bytes(data[: int(random.integers(16, len(data)))]) if random.random() < 0.1 else bytes(data)
