"""Ten times the photos take no more memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from kit.stored_photos import noise, write_shard

PX, LENGTH = 128, 2048  # 50 KB of pixels and 4 KB of embedding a photo, of a JPEG of 40 KB
FEW, MANY = 200, 2000
EMBED = f"""
import resource
from pathlib import Path
from popularity.images.embed import embed_photos
from popularity.settings import ImageEmbeddings
from kit.stored_photos import put_small_backbone

put_small_backbone(px={PX}, length={LENGTH})
settings = ImageEmbeddings(backbone="efficientnet_lite0", weights="none", batch_size=32)
assert embed_photos(Path("photos"), settings, Path("out")).reused == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak_mb(folder: Path, photos: int) -> float:
    """The most memory that a process held which embedded so many photos, all different, MB."""
    for number, start in enumerate(range(0, photos, FEW)):
        write_shard(folder / "photos", number, dict(enumerate(noise(FEW, side=160, seed=number), start=start)))
    path = f"{Path(__file__).parents[1]}:{Path(__file__).parents[2]}"
    done = subprocess.run(
        [sys.executable, "-c", EMBED], cwd=folder, env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_photos(tmp_path: Path) -> None:
    """What is held of each photo but the 40 bytes of its hash and place would be seen: 90 KB of 1,800 are 160 MB."""
    few, many = peak_mb(tmp_path / "few", FEW), peak_mb(tmp_path / "many", MANY)
    print(f"{FEW:,} photos {few:,.0f} MB, {MANY:,} photos {many:,.0f} MB")
    assert many < few + 40
