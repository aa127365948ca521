"""One call of `api` as a process: python -m popularity.dag FUNCTION ARGUMENTS, which are a JSON object.

The answer is all of stdout, as JSON; whatever DVC and stages print goes to stderr.
"""

import json
import os
import sys
from typing import Any

from popularity.dag import api


def main() -> None:
    function, arguments = sys.argv[1:]
    stdout = os.dup(1)
    os.dup2(2, 1)
    answer: dict[str, Any] = {}
    try:
        answer["value"] = getattr(api, function)(**json.loads(arguments))
    except api.DvcError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        answer |= {"problem": str(error), "next_step": error.next_step}
    with os.fdopen(stdout, "w", encoding="utf-8") as file:
        json.dump(answer, file)


if __name__ == "__main__":
    main()
