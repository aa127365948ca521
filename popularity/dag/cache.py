"""Where DVC keeps the bytes of what it tracks: with cache.type symlink its files are links that lead there."""

import subprocess
import sys
from pathlib import Path


def cache_folder() -> Path | None:
    """DVC's cache of the project that is the current folder, resolved; None where DVC knows of none."""
    asked = subprocess.run([sys.executable, "-m", "dvc", "cache", "dir"], capture_output=True, text=True)
    told = asked.stdout.strip()
    return Path(told).resolve() if asked.returncode == 0 and told else None
