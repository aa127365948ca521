"""The pages say what is on record, in words, and let no text of a post or a stage become markup."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from kit import demo_tables
from kit.nights import HOSTILE, ORDINARY, QUARANTINED, REFUSED, write_three_nights
from kit.project import lay_out
from kit.reading import Page
from popularity import paths
from popularity.demo.events import Event
from popularity.errors import UserError
from popularity.files import write_json
from popularity.monitoring.batch import observe
from popularity.monitoring.history import write_night
from popularity.monitoring.record import Performance, write_performance
from popularity.monitoring.reference import FOLDER, TABLE
from popularity.monitoring.requests import State, answer, call_for, open_requests
from popularity.monitoring.verdict import decide
from popularity.overviews import write_overviews
from popularity.pages.digits import three
from popularity.pages.drift import write_drift_page
from popularity.pages.nights import MEANINGS, write_batch_page
from popularity.settings import load_settings

SPARKS = 3
"""Of each batch: drifted columns, error, photos."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    return tmp_path


@pytest.fixture
def three_nights() -> None:
    write_three_nights()
    for batch in ("night-001", REFUSED, "night-003"):
        write_batch_page(batch)
    write_overviews()


@pytest.fixture
def history(three_nights: None) -> Page:
    return Page(paths.MONITORING_REPORT)


def batch_page(batch: str) -> Page:
    return Page(paths.batch_page(batch))


def test_the_latest_verdict_is_told_first_in_words(history: Page) -> None:
    before, _, _ = history.text.partition("Every batch")
    assert "Latest batch: night-003, crawled 3 Mar 2016, 23:10 UTC The models should learn from it" in before
    assert "The share of posts from unseen users is 47.4 % in 287 posts" in before


def test_what_is_open_comes_before_all_else_with_its_command(three_nights: None) -> None:
    assert "Nothing is open Latest batch" in Page(paths.MONITORING_REPORT).text
    (paths.quarantine(REFUSED) / "crawl").mkdir()
    write_overviews()
    page = Page(paths.MONITORING_REPORT)
    before, _, _ = page.text.partition("Latest batch")
    assert "One thing is open" in before
    assert f"stop {REFUSED} in quarantine" in before
    assert f"mv data/quarantine/{REFUSED}/crawl data/inbox/{REFUSED} && python -m flows.recrawl" in before
    assert HOSTILE in before
    assert "script" not in page.tags


def test_each_batch_has_a_row_the_latest_first(history: Page) -> None:
    strangers, refused, ordinary = history.rows[1:4]
    assert re.match(r"night-003 3 Mar 2016, 23:10 UTC retrain The share .* limit\. Avgview moved", strangers)
    assert strangers.endswith(
        "limit 0.207). 33.3 % 2 of 6 – no labels yet 48.8 % of 287 50.2 % of the same users’ earlier posts"
    )
    assert refused.startswith("night-002 stop Gate, critical: expect_column_values_to_be_between on column avgview")
    assert (
        "ok Nothing unusual. 1 gate warning. 0 % 0 of 7 1.21 half within a factor of 1.97 user’s mean 1.95 51.3 % of "
        "300 50.2 % of the same users’ earlier posts"
    ) in ordinary


def test_each_row_has_its_sparklines(history: Page) -> None:
    assert history.tags.count("svg") == 3 * SPARKS + len(history.rows[5:])


def test_each_column_stands_beside_its_limit_the_nearest_first(history: Page) -> None:
    assert history.rows[5] == "unseen users 190 % 1 of 2 0 % 47.4 %"
    assert history.rows[6] == "avgview 184 % 1 of 2 +0.0210 +0.680"
    assert len(history.rows[5:]) == 7


def test_every_link_leads_to_a_file(history: Page) -> None:
    pages = [link for link in history.links if not link.startswith(("data:", "#"))]
    assert {(paths.MONITORING_REPORT.parent / page).resolve() for page in pages} == {
        path.resolve() for path in (paths.INDEX, *paths.BATCH_PAGES.iterdir())
    }
    for batch in ("night-001", REFUSED, "night-003"):
        links = [link for link in batch_page(batch).links if not link.startswith(("data:", "#"))]
        assert [(paths.BATCH_PAGES / link).is_file() for link in links] == [True, True]


def test_evidentlys_page_is_linked_where_it_is(three_nights: None) -> None:
    paths.drift_report("night-001").parent.mkdir(parents=True)
    paths.drift_report("night-001").touch()
    write_batch_page("night-001")
    assert "../drift/night-001.html" in batch_page("night-001").links


def test_hostile_text_stays_text_on_every_page(history: Page) -> None:
    for page in (history, batch_page(REFUSED), batch_page("night-001")):
        assert "script" not in page.tags
        assert HOSTILE in page.text


def test_the_pages_load_nothing(history: Page) -> None:
    for page in (history, batch_page("night-001")):
        assert not {"script", "img", "iframe"} & set(page.tags)
        assert not [link for link in page.links if re.match(r"(https?:)?//", link)]
    assert "url(" not in paths.MONITORING_REPORT.read_text(encoding="utf-8")


def test_the_same_record_makes_the_same_bytes(three_nights: None) -> None:
    before = [path.read_bytes() for path in (paths.MONITORING_REPORT, paths.batch_page("night-001"))]
    write_batch_page("night-001")
    write_overviews()
    assert [path.read_bytes() for path in (paths.MONITORING_REPORT, paths.batch_page("night-001"))] == before


def test_a_batchs_page_has_its_broken_rules_with_pids(three_nights: None) -> None:
    assert (
        batch_page(REFUSED)
        .rows[1]
        .startswith("critical expect_ column_ values_ to_ be_ between avgview 291 21, 22, 23, 24, 25")
    )


def test_a_batchs_page_has_the_furthest_column_first(three_nights: None) -> None:
    rows = batch_page("night-003").rows[1:]
    assert rows[0] == "unseen users drifted mean increase 0 % 47.4 % 0.474 0.250 300"
    assert rows[1] == "avgview drifted wasserstein +0.0210 +0.680 0.382 0.207 300"
    assert not any("drifted" in row for row in rows[2:])


def test_a_batchs_page_has_the_share_of_each_weekday_and_the_same_users_earlier_photos(three_nights: None) -> None:
    page = batch_page("night-001")
    assert "Saturday 14.1 % 13.1 %" in page.rows
    assert len([row for row in page.rows if re.match(r"\w+day \d", row)]) == 7
    assert any(row.startswith("weekday jensenshannon Monday 14.1 % Saturday 14.1 %") for row in page.rows)
    assert "alive mean difference 50.2 % of the same users’ earlier posts 51.3 % 0.0111 0.0953 300" in page.rows
    assert "Photo still there 51.3 % 50.2 % of the same users’ earlier posts" in page.text


def test_a_batchs_page_holds_its_error_against_the_users_mean(three_nights: None) -> None:
    page = batch_page("night-001")
    assert (
        "240 labels have come. Half of the scores are off by less than a factor of 1.97. The scores err by 1.21, the "
        "users’ own means by 1.95; nobody has noted how sure the difference is."
    ) in page.text
    assert "Scores of v0001 1.21 0.774" in page.rows
    assert "No label has come yet" in batch_page("night-003").text


def test_a_batchs_page_tells_which_labels_were_refused(three_nights: None) -> None:
    refused = {"file": "views.csv", "sha256": "5f", "answer": "stop", "sentence": f"Likely cause: {HOSTILE}"}
    write_json(paths.judged_labels("night-003"), [refused, refused | {"file": "good.csv", "answer": "ok"}])
    write_batch_page("night-003")
    page = paths.batch_page("night-003").read_text()
    assert "Labels of views.csv: stop. Likely cause: " in page
    assert "good.csv" not in page
    assert HOSTILE not in page


def test_a_batch_that_was_not_scored_shows_no_scores(three_nights: None) -> None:
    page = batch_page(REFUSED)
    assert "svg" not in page.tags
    assert "It was not scored, and lies in quarantine" in page.text


def test_scores_are_drawn_beside_the_references_if_it_is_here(three_nights: None) -> None:
    assert "Outline: scores of the reference that v0001 keeps" in batch_page("night-003").text
    (paths.champion("v0001") / FOLDER / TABLE).unlink()
    write_batch_page("night-003")
    assert "Outline" not in batch_page("night-003").text
    assert "svg" in batch_page("night-003").tags


def test_a_refusal_that_no_rule_gave_is_told_as_the_stage_told_it() -> None:
    reasons = [f"stop: ingest@may failed\n  next: mend {HOSTILE}"]
    refused = ORDINARY.model_dump(mode="json") | {"batch": "may", "verdict": "stop", "reasons": reasons}
    write_json(paths.refused("may"), refused | dict.fromkeys(("version", "posts", "alive_share", "crawled")))
    write_batch_page("may")
    assert f"stop ingest@may failed next: mend {HOSTILE}" in batch_page("may").text


def test_a_stop_page_says_under_its_headline_where_the_crawl_lies_and_how_it_comes_back(three_nights: None) -> None:
    page = batch_page(REFUSED)
    told = (
        f"The crawl lies in data/quarantine/{REFUSED}/crawl . Mend it there, or the rule in expectations/ where that "
        "is wrong; then have it judged anew, in the project’s folder: "
        f"mv data/quarantine/{REFUSED}/crawl data/inbox/{REFUSED} python -m flows.recrawl --batch {REFUSED}"
    )
    assert page.text.index(MEANINGS["stop"]) < page.text.index(told) < page.text.index("Gate, critical")
    assert "data/quarantine" not in batch_page("night-001").text


def test_the_commands_of_a_stop_page_are_quoted_for_a_shell() -> None:
    name = "x; touch stolen #"
    write_json(paths.refused(name), QUARANTINED.model_dump(mode="json") | {"batch": name})
    write_batch_page(name)
    move, run = re.search(r"folder: (mv .*?) (python .*?) stop ", batch_page(name).text).groups()  # type: ignore[union-attr]
    assert shlex.split(move) == ["mv", f"data/quarantine/{name}/crawl", f"data/inbox/{name}"]
    assert shlex.split(run)[-1] == name


def test_the_gate_says_what_was_measured_where_that_is_on_record() -> None:
    told = f"avgview: values must be 0 or more; 291 of 300 rows are not {HOSTILE}"
    (rule,) = QUARANTINED.findings
    refused = QUARANTINED.model_copy(update={"findings": (rule.model_copy(update={"told": told}), rule)})
    write_json(paths.refused(REFUSED), refused.model_dump(mode="json"))
    write_batch_page(REFUSED)
    page = batch_page(REFUSED)
    assert page.rows[1].startswith(f"critical {told} avgview 291")
    assert page.rows[2].startswith("critical expect_ column_")
    assert "script" not in page.tags


@pytest.mark.parametrize(
    ("state", "text", "told"),
    [
        ("new", "", "It asked for a retrain, which nobody has tried yet."),
        ("waiting", "9 posts wait for labels", "It asked for a retrain, which waits: 9 posts wait for labels."),
        ("fulfilled", "v0002 is promoted", "It asked for a retrain, and this came of it: v0002 is promoted."),
    ],
)
def test_the_page_of_a_night_that_asked_for_a_retrain_says_what_came_of_it(
    three_nights: None, state: State, text: str, told: str
) -> None:
    assert "asked for a retrain" not in batch_page("night-003").text
    call_for("night-003")
    answer(open_requests()[0], state, text)
    write_batch_page("night-003")
    assert told in batch_page("night-003").text


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-0.9, -0.5, "The scores came closer than the users’ own means, beyond chance: an error of 1.20 against 1.90"),
        (0.1, 0.5, "The scores came less close than the users’ own means, beyond chance"),
        (-0.9, 0.1, "The scores are no different from the users’ own means as far as these posts tell"),
        (float("nan"), float("nan"), "nobody has noted how sure the difference is"),
    ],
)
def test_who_came_closer_is_said_by_the_interval_alone(three_nights: None, low: float, high: float, told: str) -> None:
    write_performance(
        Performance("night-001", "v0001", 9, 1.2, 0.7, 1.9, 0.5, over_user_mean_low=low, over_user_mean_high=high)
    )
    write_batch_page("night-001")
    assert told in batch_page("night-001").text


def test_a_long_page_has_its_contents(three_nights: None) -> None:
    assert {"#gate", "#errors", "#scores", "#drift"} <= set(batch_page("night-001").links)
    assert not [link for link in batch_page(REFUSED).links if link.startswith("#")]


def test_a_history_without_a_batch_says_so() -> None:
    write_overviews()
    assert "No batch is on record yet" in Page(paths.MONITORING_REPORT).text


def test_a_batch_without_a_verdict_has_no_page() -> None:
    with pytest.raises(UserError):
        write_batch_page("may")
    assert not paths.BATCH_PAGES.exists()


def test_one_label_has_an_error_and_no_rho(three_nights: None) -> None:
    write_night(ORDINARY)
    write_performance(Performance("night-001", "v0001", 1, 2.0, float("nan"), 1.0, float("nan")))
    write_batch_page("night-001")
    assert "Scores of v0001 2.00 –" in batch_page("night-001").rows
    assert "The scores err by 2.00, the users’ own means by 1.00" in batch_page("night-001").text


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_every_column_that_was_compared_is_on_the_page() -> None:
    demo_tables.write_tables("night-1", demo_tables.night(1, Event.NEW_USERS).draw.posts, labelled=True)
    demo_tables.write_scores("night-1", lambda posts: np.random.default_rng(1).normal(6, 2, len(posts)))
    settings = load_settings()
    observed = observe("night-1", settings)
    verdict = decide(observed.drift, (), settings.monitoring.verdict)
    told = {"batch": "night-1", "verdict": verdict.answer, "reasons": verdict.reasons, "drifted": verdict.drifted}
    write_night(ORDINARY.model_copy(update=told))
    write_drift_page("night-1")
    write_batch_page("night-1")
    page = batch_page("night-1")
    for one in observed.drift:
        name = one.column.replace("_", " ") + (" drifted " if one.drifted else " ") + one.method.replace("_", " ")
        told = f" {three(one.value)} {three(one.threshold)} {one.n:,}"
        assert [row for row in page.rows if row.startswith(name) and told in row]
    assert "The share of posts from unseen users is" in page.text
    assert "../drift/night-1.html" in page.links
    assert page.tags.count("svg") == 1
