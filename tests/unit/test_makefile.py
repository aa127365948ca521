"""What `make clean` leaves, and what `make setup` installs."""

import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_clean_removes_the_dags_models_and_keeps_the_champions(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    for place in ("models/rf", "models/champions/v0001", "data/posts", "data/raw/demo", "predictions"):
        (tmp_path / place).mkdir(parents=True)
    for _ in range(2):  # the second finds nothing to remove
        subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_dir())
    assert left == ["data", "data/raw", "data/raw/demo", "models", "models/champions", "models/champions/v0001"]


def test_the_lock_installs_no_cuda() -> None:
    lock = (PROJECT / "requirements.lock").read_text().replace("\nnvidia-ml-py==", "\n")  # asks which GPUs are there
    assert "\ntorch==" in lock
    assert [name for name in ("nvidia-", "cuda-", "triton") if f"\n{name}" in lock] == []
