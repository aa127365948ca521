"""Tell the server what prefect.yaml schedules.

PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.deploy     make deploy
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from flows.services import answers, api_url
from popularity.errors import UserError, run


def main() -> None:
    argparse.ArgumentParser(
        description="Tell the server at PREFECT_API_URL what prefect.yaml schedules for the current folder's project.",
        epilog="example: PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.deploy",
    ).parse_args()
    if not answers(f"{api_url()}/health"):
        raise UserError(f"no server answers at {api_url()}", next_step="start it with `make server`, then this again")
    environment = {**os.environ, "PWD": str(Path.cwd())}  # prefect.yaml names it; a shell need not have set it
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


if __name__ == "__main__":
    run(main)
