"""The params that a search found, written into params.yaml, where a person reviews them."""

import difflib
from pathlib import Path

from popularity.batches.params_file import replace_value
from popularity.dag.writer import one_writer
from popularity.errors import UserError
from popularity.files import replacing
from popularity.settings import Settings, load_settings
from popularity.tuning.spaces import Tuned, Value, present


def write_winner(file: Path, tuned: Tuned, searched: Settings, values: dict[str, Value]) -> str:
    """Put these values into the model's section of a params.yaml, all other lines as they are; returns the diff.

    searched: the params that the search started from. Raises UserError where the file holds others of the model by now.
    """
    with one_writer():
        if getattr(load_settings(file), tuned.section) != getattr(searched, tuned.section):
            told = ", ".join(f"{name}: {value}" for name, value in values.items())
            raise UserError(
                f"{file}: {tuned.section} has changed since the search began; it found {told}",
                next_step="set these values by hand, or search again",
            )
        before = after = file.read_text(encoding="utf-8")
        now = present(searched, tuned)
        for name, value in values.items():
            if value != now[name]:
                after = replace_value(after, [tuned.section, name], value)
        with replacing(file) as temporary:
            temporary.write_text(after, encoding="utf-8")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(file), str(file), n=1, lineterm="")
    return "\n".join(lines)
