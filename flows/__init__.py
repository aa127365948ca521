"""What Prefect schedules. Its state lies in the project: .prefect/ unless PREFECT_HOME says otherwise."""

import os
from pathlib import Path

os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").absolute()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")  # a first start makes a database
os.environ.setdefault("DO_NOT_TRACK", "1")
