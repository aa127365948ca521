"""A record of three nights, as the night shift leaves it: an ordinary one, one with many strangers, one refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity import paths
from popularity.files import write_json
from popularity.models.baselines import UserMean
from popularity.monitoring.drift import Drift
from popularity.monitoring.history import BrokenRule, NightRecord, write_night
from popularity.monitoring.record import measure, write_drift, write_performance
from popularity.monitoring.reference import FOLDER, TABLE

HOSTILE = "<script>document.title = 'stolen'</script>"
REFUSED = "night-002"
ORDINARY = NightRecord(
    batch="night-001", verdict="ok", reasons=(), drifted=(), critical=0, warning=1, version="v0001", posts=300,
    alive_share=0.513333, crawled="2016-03-01T22:41:07+00:00", labels="5f",
    findings=(BrokenRule(
        rule="expect_column_value_lengths_to_be_between", column="title", severity="warning", count=7,
        pids=(11, 12, 13, 14, 15), reason=f"A post without a title says less. {HOSTILE}",
    ),),
)  # fmt: skip
STRANGERS = NightRecord(
    batch="night-003", verdict="retrain", drifted=("avgview", "unseen_users"), critical=0, warning=0, findings=(),
    version="v0001", posts=287, alive_share=0.487805, crawled="2016-03-03T23:10:55+00:00", labels=None,
    reasons=(
        "retrain: The share of posts from unseen users is 47% in 287 posts, against 0% of what the champion knows; "
        "a difference of 25% is the limit.",
        "watch: Avgview moved in 287 posts: mean 5.61, against 4.93 (wasserstein 0.38, limit 0.21).",
    ),
)  # fmt: skip
QUARANTINED = NightRecord(
    batch=REFUSED, verdict="stop", drifted=(), critical=1, warning=0, version=None, posts=None, alive_share=None,
    crawled=None, labels=None,
    reasons=(f"stop: Gate, critical: expect_column_values_to_be_between on column avgview: 291 rows ({HOSTILE}).",),
    findings=(BrokenRule(
        rule="expect_column_values_to_be_between", column="avgview", severity="critical", count=291,
        pids=(21, 22, 23, 24, 25), reason=HOSTILE,
    ),),
)  # fmt: skip
QUIET = (
    Drift("titlelen", "wasserstein", 0.0612, 0.2034, False, 300, 21.4, 21.9),
    Drift("avgview", "wasserstein", 0.0874, 0.2071, False, 300, 4.93, 4.97),
    Drift("weekday", "jensenshannon", 0.0731, 0.1502, False, 300, 3.02, 2.95),
    Drift("alive", "mean_difference", 0.0111, 0.0953, False, 300, 0.5022, 0.5133),
    Drift("unseen_users", "mean_difference", 0.0267, 0.25, False, 300, 0.0, 0.0267),
    Drift("prediction", "wasserstein", 0.1043, 0.2417, False, 300, 6.31, 6.44),
)
LABELLED = Drift("residual", "wasserstein", 0.1129, 0.2388, False, 240, 0.02, -0.11)


def write_three_nights() -> None:
    """Put them on record in the current folder, with the scores of the two that were scored and their champion's."""
    loud = [
        replace(one, value=0.3817, drifted=True, current=5.61) if one.column == "avgview"
        else replace(one, value=0.4739, drifted=True, current=0.4739) if one.column == "unseen_users"
        else one
        for one in QUIET
    ]  # fmt: skip
    write_drift("night-001", "v0001", [*QUIET, LABELLED])
    write_drift("night-003", "v0001", loud)
    random = np.random.default_rng(3)
    users = UserMean()
    users.fit(random.integers(1, 40, (900, 1)).astype(np.float64), random.normal(6.3, 2, 900))
    for night in (ORDINARY, STRANGERS):
        write_scores(night, random)
    scored = pd.read_parquet(paths.scores("night-001")).assign(uid=random.integers(1, 40, 300))
    label = scored["prediction"].to_numpy(np.float64) + random.normal(0, 1.4, 300)
    performance = measure("night-001", scored, np.where(np.arange(300) < 240, label, np.nan), users)
    assert performance is not None
    write_performance(performance)
    reference = paths.champion("v0001") / FOLDER / TABLE
    reference.parent.mkdir(parents=True)
    pq.write_table(pa.table({"prediction": random.normal(6.3, 1.9, 900)}), reference)
    write_night(ORDINARY)
    write_night(STRANGERS)
    write_json(paths.refused(REFUSED), QUARANTINED.model_dump(mode="json"))


def write_scores(night: NightRecord, random: np.random.Generator) -> None:
    """Scores of a night's posts, as the champion leaves them."""
    assert night.posts is not None
    scores = pd.DataFrame(
        {
            "pid": np.arange(night.posts) + 1,
            "prediction": random.normal(6.4, 1.9, night.posts),
            "model": np.where(random.random(night.posts) < 0.5, "multimodal", "cnn"),
            "version": night.version,
        }
    )
    paths.scores(night.batch).parent.mkdir(parents=True, exist_ok=True)
    scores.to_parquet(paths.scores(night.batch))
