"""TensorFlow's greeting is held back, and nothing else."""

import subprocess
import sys

import pytest

CODE = """
import os
from popularity.quiet_keras import _without_greeting, keras
with _without_greeting():
    os.write(2, b"I0000 00:00:1 port.cc:153] oneDNN custom operations are on.\\n")
    os.write(2, b"E0000 00:00:1 what is wrong\\n")
layer = keras.layers.Dense(1)
layer(keras.ops.ones((2, 3)))
try:
    with _without_greeting():
        os.write(2, b"before it ends\\n")
        raise SystemExit("it ends")
finally:
    os.write(2, b"after it\\n")
"""


@pytest.mark.slow
def test_a_process_that_imports_keras_says_what_is_wrong_and_no_more() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env={})
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["E0000 00:00:1 what is wrong", "before it ends", "after it", "it ends"]
