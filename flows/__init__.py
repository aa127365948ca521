"""What Prefect schedules. Its state lies in the project: .prefect/ unless PREFECT_HOME says otherwise.

Importing it gives that place a profile with a password, see `password`.
"""

import os
from pathlib import Path

from flows.password import ensure_profile
from popularity.errors import run
from popularity.printing import log_printably

os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").absolute()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")  # a first start makes a database
os.environ.setdefault("DO_NOT_TRACK", "1")
log_printably()
run(ensure_profile)  # Prefect reads it when it is imported
