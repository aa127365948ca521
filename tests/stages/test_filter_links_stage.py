import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from popularity import paths
from popularity.checks.rules import read_findings
from popularity.errors import UserError
from popularity.files import read_json
from popularity.links import check
from popularity.posts import ANSWERS, POSTS, photo_shards, read_table, write_table
from stages import filter_links

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["filter_links", "demo"])
    paths.PARAMS.write_bytes((PROJECT / "params.yaml").read_bytes())
    paths.EXPECTATIONS.symlink_to(PROJECT / "expectations")
    paths.raw("demo").mkdir(parents=True)
    Image.new("RGB", (400, 200), "teal").save(paths.raw("demo") / "1.jpg")
    posts = pd.DataFrame({field.name: "" if field.type == "string" else 0.0 for field in POSTS}, index=[0, 1]).assign(
        pid=[2, 1], uid=1, postdate=0, image_url=["2.jpg", "1.jpg"]
    )
    write_table(paths.posts("demo"), posts, POSTS)
    write_table(paths.answers("demo"), ANSWERS.empty_table().to_pandas(), ANSWERS)
    return tmp_path


def test_filter_links_writes_links_photos_and_counts(project: Path) -> None:
    filter_links.main()
    links = read_table(paths.links("demo"))
    assert links[["pid", "alive", "reason", "phash", "width", "height"]].to_numpy().tolist() == [
        [1, True, "", "", 400, 200],  # of one colour, so without a hash
        [2, False, "missing file", "", 0, 0],
    ]
    assert [read_table(path)["pid"].tolist() for path in photo_shards(paths.photos("demo"))] == [[1]]
    assert read_json(paths.metrics("filter_links", "demo")) == {
        "rows_in": 2,
        "rows_out": 1,
        "dropped": {"missing file": 1},
    }


def test_filter_links_replaces_the_photos_of_an_earlier_run(project: Path) -> None:
    paths.photos("demo").mkdir(parents=True)
    (paths.photos("demo") / "part-00007.parquet").write_bytes(b"old")
    filter_links.main()
    assert [path.name for path in paths.photos("demo").iterdir()] == ["part-00000.parquet"]


def test_a_critical_rule_stops_filter_links_before_anything_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check.Checked, "link_row", lambda self, pid: LOST | {"pid": pid})
    with pytest.raises(
        UserError, match=r"(?s)links of demo breaks .* reason values must .*; 2 of \d+ rows are not so, pids 1, 2"
    ):
        filter_links.main()
    failed = [finding.column for finding in read_findings(paths.quality("links", "demo")) if not finding.passed]
    assert failed == ["photos", "reason", "sha256 and photo_sha256"]
    assert not paths.links("demo").exists()
    assert list(paths.PHOTOS.iterdir()) == []


LOST = {"alive": False, "reason": "", "sha256": "", "phash": "", "width": 0, "height": 0}
"""A link row that says neither that a photo is there nor why not."""
