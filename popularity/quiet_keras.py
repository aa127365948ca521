"""Keras, imported without TensorFlow's greeting, which comes past Python on the process's own stderr."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

GREETING = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|I0000 |To enable the following instructions:"
)


@contextmanager
def _without_greeting() -> Iterator[None]:
    """Hold back what is written to stderr, and give back all of it but the greeting."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says once it has read this
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held:
                if not GREETING.match(line):
                    os.write(2, line)


with _without_greeting():
    import keras as keras  # for those who import it from here
