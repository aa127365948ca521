"""Records of nights, as the night shift leaves them: an ordinary, a loud and a refused one; or a month."""

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
from popularity.monitoring.record import Performance, measure, write_drift, write_performance
from popularity.monitoring.reference import FOLDER, TABLE
from popularity.monitoring.verdict import decide
from popularity.settings import load_settings

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
        "retrain: The share of posts from unseen users is 47.4 % in 287 posts, against 0 % of what the champion knows; "
        "a difference of 25 points is the limit.",
        "watch: Avgview moved in 287 posts: mean +0.680 from the users' own past, against +0.0210 before (wasserstein "
        "0.382, limit 0.207).",
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
    Drift("titlelen", "wasserstein", 0.0612, 0.2034, False, 300, 0.012, 0.021, 1.02, 1.07),
    Drift("avgview", "wasserstein", 0.0874, 0.2071, False, 300, 0.021, 0.0412, 0.412, 0.398),
    Drift(
        "weekday", "jensenshannon", 0.0731, 0.1502, False, 300, 3.02, 2.95, 2.01, 2.04,
        reference_shares=(0.141, 0.142, 0.143, 0.144, 0.145, 0.141, 0.144),
        current_shares=(0.152, 0.138, 0.14, 0.141, 0.148, 0.131, 0.15),
    ),
    Drift("alive", "mean_difference", 0.0111, 0.0953, False, 300, 0.0, 0.0111, 0.0, 0.49, past=0.5022),
    Drift("unseen_users", "mean_increase", 0.0267, 0.25, False, 300, 0.0, 0.0267, 0.0, 0.161),
    Drift("prediction", "wasserstein", 0.1043, 0.2417, False, 300, 0.0, 0.13, 1.21, 1.24),
)  # fmt: skip
LABELLED = Drift("residual", "wasserstein", 0.1129, 0.2388, False, 240, 0.02, -0.11, 1.1, 1.2)


def write_three_nights() -> None:
    """Put them on record in the current folder, with the scores of the two that were scored and their champion's."""
    loud = [
        replace(one, value=0.3817, drifted=True, current=0.68) if one.column == "avgview"
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


def write_month(count: int) -> None:
    """Put so many nights on record in the current folder: one in seven refused, labels of all but the last three.

    The first has labels whatever comes.
    """
    random = np.random.default_rng(7)
    start = pd.Timestamp("2016-03-01T22:30:00+00:00")
    for number in range(count):
        batch = f"night-{number + 1:03}"
        if number % 7 == 5:
            refused = QUARANTINED.model_copy(update={"batch": batch})
            write_json(paths.refused(batch), refused.model_dump(mode="json"))
            continue
        factors = random.lognormal(-0.2, 0.5, len(QUIET))
        labelled = number == 0 or number < count - 3
        columns = (*QUIET, LABELLED) if labelled else QUIET
        drift = [
            replace(one, value=one.threshold * factor, drifted=bool(factor >= 1))
            for one, factor in zip(columns, [*factors, 0.5], strict=False)
        ]
        write_drift(batch, "v0001", drift)
        mae = float(random.normal(1.2, 0.1))
        if labelled:
            write_performance(Performance(batch, "v0001", 240, mae, 0.7, mae + 0.3, 0.5, 2.1))
        loud = tuple(one.column for one in drift if one.drifted)
        night = ORDINARY.model_copy(
            update={
                "batch": batch, "verdict": "watch" if loud else "ok", "drifted": loud, "warning": number % 3,
                "posts": int(random.integers(200, 400)), "alive_share": round(float(random.uniform(0.4, 0.6)), 6),
                "crawled": (start + pd.Timedelta(days=number)).isoformat(),
                "reasons": decide(drift, (), load_settings().monitoring.verdict).reasons,
            }
        )  # fmt: skip
        write_scores(night, random)
        write_night(night)


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
