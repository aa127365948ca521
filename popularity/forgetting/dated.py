"""Files of a crawl that are written anew and keep their date: for a tool's files it is the day of a count."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from popularity.files import replacing


@contextmanager
def replacing_dated(path: Path) -> Iterator[Path]:
    """As `replacing`; the new file is as old as the one that it takes the place of."""
    before = path.stat()
    with replacing(path) as temporary:
        yield temporary
        os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
