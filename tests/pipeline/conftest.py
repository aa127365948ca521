"""A small copy of this project that DVC has run once, and copies of that for each test."""

import shutil
from pathlib import Path

import pytest
from small_project import Project, lay_out_code


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project, run to the end."""
    project = lay_out_code(tmp_path_factory.mktemp("template"))
    project.repro()
    return project


@pytest.fixture
def project(template: Project, tmp_path: Path) -> Project:
    """A copy of it to change."""
    shutil.copytree(template.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
