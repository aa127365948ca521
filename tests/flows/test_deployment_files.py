"""What prefect.yaml and compose.yaml name is there: flows, modules, options, settings."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.pages import REPORTS_URL
from kit.project import ROOT

BOTH_KNOW = {"HOME", "USER", REPORTS_URL}
"""Variables of compose.yaml that are no settings of Prefect."""
POSTGRES = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}


def load(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name).read_text()))


def services() -> dict[str, dict[str, Any]]:
    """Those of compose.yaml that run this project."""
    found = load("compose.yaml")["services"]
    return {name: service for name, service in found.items() if name != "database"}


def test_deployments_name_flows_of_this_project_and_the_workers_pool() -> None:
    from prefect import Flow

    from flows.worker import POOL

    for deployment in load("prefect.yaml")["deployments"]:
        module, _, name = deployment["entrypoint"].rpartition(".")
        flow = getattr(importlib.import_module(module), name)
        assert isinstance(flow, Flow)
        assert flow.name == name
        assert deployment["work_pool"]["name"] == POOL


def test_prefect_yaml_is_of_the_prefect_that_is_installed() -> None:
    from importlib.metadata import version

    assert load("prefect.yaml")["prefect-version"] == version("prefect")


@pytest.mark.parametrize("name", ["server", "worker", "dashboard", "pages"])
def test_a_services_command_knows_its_options(name: str) -> None:
    python, m, module, *arguments = services()[name]["command"]
    assert (python, m) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None
    words = [word for word in arguments if not word.startswith("--") and word.isalpha() and word != "reports"]
    asked = ["prefect", "worker", "start"] if module == "flows.worker" else [module, *words]
    done = subprocess.run([sys.executable, "-m", *asked, "--help"], capture_output=True, text=True, check=True)
    for option in (word for word in arguments if word.startswith("--")):
        assert option in done.stdout


def test_variables_are_settings_of_this_prefect() -> None:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_valid_setting_names

    named = {variable for service in services().values() for variable in service["environment"]}
    assert named - _get_valid_setting_names(Settings) == BOTH_KNOW
    assert set(load("compose.yaml")["services"]["database"]["environment"]) == POSTGRES


def test_each_service_is_watched_where_it_listens_and_waits_for_what_it_needs() -> None:
    whole = load("compose.yaml")
    for name, service in whole["services"].items():
        assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"]), name
        for needed, how in service.get("depends_on", {}).items():
            assert needed in whole["services"]
            assert how == {"condition": "service_healthy"}
    for name, service in services().items():
        (port,) = re.findall(r"127\.0\.0\.1:(\d+)/", service["healthcheck"]["test"][-1])
        listens = [*service["command"], *service["environment"].values()]
        assert port in listens, name
        for opened in service.get("ports", []):
            assert opened == f"127.0.0.1:{port}:{port}", "open to this machine alone"


def test_the_server_uses_the_database_of_the_service_through_a_driver_that_is_locked() -> None:
    whole = load("compose.yaml")["services"]
    address = whole["server"]["environment"]["PREFECT_API_DATABASE_CONNECTION_URL"]
    database = whole["database"]["environment"]
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert address == f"postgresql+asyncpg://{user}:${{PREFECT_DATABASE_PASSWORD}}@database:5432/{name}"
    assert re.search(r"^asyncpg==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def test_named_volumes_are_declared_and_the_checkout_is_where_the_image_has_it() -> None:
    whole = load("compose.yaml")
    volumes = {volume.split(":")[0] for service in whole["services"].values() for volume in service["volumes"]}
    assert volumes == {".", *whole["volumes"]}
    workdir = re.findall(r"^WORKDIR (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    assert all(service["volumes"] == [f".:{workdir}"] for service in services().values())
    assert all(Path(s["environment"]["PREFECT_HOME"]).is_relative_to(workdir) for s in services().values())
