"""Labels that came later, without somebody's rows; a file that was refused stays refused."""

from pathlib import Path

import pytest

from kit.project import lay_out
from popularity import paths
from popularity.files import sha256_of, write_json
from popularity.forgetting.crawls import visit_steps
from popularity.forgotten import Forgotten
from popularity.monitoring.label_files import read_judged
from popularity.settings import load_settings
from popularity.sources.refused import Refused, files_of_labels, read_refused, write_refused

FORGOTTEN = Forgotten(b"").adding(posts=[1])


@pytest.fixture
def visits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    folder = paths.visits("demo")
    (folder / "good.csv").write_text("pid,label\n1,3\n2,4\n")
    (folder / "bad.csv").write_text("pid,label\n1,3000\n2,4000\n")
    bad = sha256_of(folder / "bad.csv")
    write_refused(folder, [Refused(file="bad.csv", sha256=bad, why="in thousands")])
    told = {"file": "bad.csv", "sha256": bad, "answer": "stop", "sentence": "in thousands"}
    write_json(paths.judged_labels("demo"), [told])
    return folder


def test_rows_go_and_a_refused_file_is_still_read_by_nobody(visits: Path) -> None:
    for step in visit_steps(load_settings(), FORGOTTEN):
        step.do()
    assert (visits / "good.csv").read_text() == "pid,label\n2,4\n"
    assert (visits / "bad.csv").read_text() == "pid,label\n2,4000\n"
    assert files_of_labels(visits) == [visits / "good.csv"]
    assert [one.sha256 for one in read_refused(visits)] == [sha256_of(visits / "bad.csv")]
    assert [one.sha256 for one in read_judged("demo")] == [sha256_of(visits / "bad.csv")]


def test_killed_before_the_file_is_written_it_is_refused_all_the_same(
    visits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from popularity.forgetting import crawls

    real, calls = crawls.drop_rows, []

    def second_is_killed(path: Path, rows: list[object]) -> None:
        calls.append(path)
        if path.name == "bad.csv":
            raise KeyboardInterrupt
        real(path, rows)

    steps = {step.place: step for step in visit_steps(load_settings(), FORGOTTEN)}
    with monkeypatch.context() as patch:
        patch.setattr(crawls, "drop_rows", second_is_killed)
        with pytest.raises(KeyboardInterrupt):
            steps[str(visits / "bad.csv")].do()
    assert visits / "bad.csv" in calls
    assert visits / "bad.csv" not in files_of_labels(visits)
    for step in visit_steps(load_settings(), FORGOTTEN):
        step.do()
    assert files_of_labels(visits) == [visits / "good.csv"]
    assert len(read_refused(visits)) == 1
