"""Every path of the DAG, by name, relative to the project's folder (the current one).

dvc.yaml names the same paths; tests/pipeline/test_dvc_yaml.py holds the two equal.
"""

from pathlib import Path

PARAMS = Path("params.yaml")
EXPECTATIONS = Path("expectations")

INBOX = Path("data/inbox")
QUARANTINE = Path("data/quarantine")
RAW = Path("data/raw")
VISITS = Path("data/visits")
FETCHED = Path("data/fetched")
FORGOTTEN = Path("data/forgotten.csv")
POSTS = Path("data/posts")
LABELS = Path("data/labels")
ANSWERS = Path("data/answers")
LINKS = Path("data/links")
PHOTOS = Path("data/photos")
TEXT = Path("data/text")
EMBEDDINGS = Path("data/embeddings")
DATASET = Path("data/dataset.parquet")
TEST_LABELS = Path("data/test_labels.parquet")
DICTIONARIES = Path("models/dictionaries")
MODELS = Path("models")
CHAMPIONS = MODELS / "champions"
CURRENT_CHAMPION = CHAMPIONS / "current"
ROLLED_BACK = CHAMPIONS / "rolled_back.json"
PREDICTIONS = Path("predictions")
METRICS = Path("metrics")
PLOTS = Path("plots")
REPORTS = Path("reports")
QUALITY = REPORTS / "quality"
EVALUATION_REPORT = REPORTS / "evaluation.html"
MODEL_CARD = Path("docs/model-card.md")
DRIFT_REPORTS = REPORTS / "drift"
BATCH_PAGES = REPORTS / "batches"
MONITORING_REPORT = REPORTS / "monitoring.html"
CHAMPIONS_PAGE = REPORTS / "champions.html"
INDEX = REPORTS / "index.html"
MONITORING = Path("monitoring")
ALERTS = MONITORING / "alerts"
REIGNS = MONITORING / "champions.json"
WORK = Path(".work")
WORKSPACE = WORK / "evidently"
FINETUNE = WORK / "finetune"
CHUNKS = WORK / "embeddings"
PAPER_TABLES = WORK / "paper_tables"
MARKS = WORK / "marks"
LOGS = WORK / "logs"
FAILURES = WORK / "failures"


def inbox(batch: str) -> Path:
    """Where a crawler puts a crawl."""
    return INBOX / batch


def quarantine(batch: str) -> Path:
    """Where a refused crawl lies, with the reason."""
    return QUARANTINE / batch


def raw(batch: str) -> Path:
    """Folder of a crawl as it came; a batch added with --in-place has another, see params.yaml."""
    return RAW / batch


def visits(batch: str) -> Path:
    """Folder of CSV files with labels that came later."""
    return VISITS / batch


def posts(batch: str) -> Path:
    """What was known at posting, one row a post."""
    return POSTS / f"{batch}.parquet"


def labels(batch: str) -> Path:
    """Labels, raw views, dates and the source's split, one row a post."""
    return LABELS / f"{batch}.parquet"


def answers(batch: str) -> Path:
    """What the web answered, one row a link."""
    return ANSWERS / f"{batch}.parquet"


def links(batch: str) -> Path:
    """Whether each photo is there, one row a post."""
    return LINKS / f"{batch}.parquet"


def photos(batch: str) -> Path:
    """Folder of Parquet shards with the photos that are there."""
    return PHOTOS / batch


def text(batch: str) -> Path:
    """Tokens and sentiment, one row a post."""
    return TEXT / f"{batch}.parquet"


def embeddings(batch: str) -> Path:
    """Folder of the photos' embeddings."""
    return EMBEDDINGS / batch


def suite(name: str) -> Path:
    """The reviewed rules of a table."""
    return EXPECTATIONS / f"{name}.json"


def quality(suite: str, table: str | None = None) -> Path:
    """What a suite found in a batch's table or a model's predictions; without a name where there is one table."""
    return QUALITY / suite / f"{table}.json" if table else QUALITY / f"{suite}.json"


def rejected(batch: str) -> Path:
    """Rows set aside, with the reason of each."""
    return QUALITY / "rejected" / f"{batch}.csv"


def request(batch: str) -> Path:
    """What came of a batch's call for a new model."""
    return MONITORING / "requests" / f"{batch}.json"


def model(name: str) -> Path:
    """Folder of a model, a folder for each population in it."""
    return MODELS / name


def predictions(name: str) -> Path:
    """A model's predictions: population, pid, prediction."""
    return PREDICTIONS / f"{name}.parquet"


def protocols(name: str) -> Path:
    """A model's predictions under other protocols than the paper's: protocol, population, model, pid, prediction."""
    return PREDICTIONS / "protocols" / f"{name}.parquet"


def metrics(stage: str, batch: str | None = None) -> Path:
    """A stage's figures, in JSON; one file a batch for stages that run per batch."""
    return METRICS / stage / f"{batch}.json" if batch else METRICS / f"{stage}.json"


def plot(name: str) -> Path:
    """Points of a plot, in CSV, for `dvc plots`."""
    return PLOTS / f"{name}.csv"


def curves(model: str) -> Path:
    """Folder of a network's training curves, in TSV, for `dvc plots`."""
    return PLOTS / "curves" / model


def log(stage: str) -> Path:
    """All that was printed in the last run in which a stage failed."""
    return LOGS / f"{stage}.log"


def mark(stage: str) -> Path:
    """What a stage, by its full name in dvc.yaml, says of its last start."""
    return MARKS / f"{stage}.json"


def failures(batch: str) -> Path:
    """Why a crawl could not be taken in so far, run by run."""
    return FAILURES / f"{batch}.json"


def champion(version: str) -> Path:
    """Folder of a bundle that is, was or could be the champion."""
    return CHAMPIONS / version


def scores(batch: str) -> Path:
    """What the champion of the time predicted for a batch: pid, prediction, model, version."""
    return MONITORING / "scores" / f"{batch}.parquet"


def drift(batch: str) -> Path:
    """How far a batch is from what its champion knows, one row a column."""
    return MONITORING / "drift" / f"{batch}.parquet"


def performance(batch: str) -> Path:
    """How right the scores of a batch were, once its labels came: one row."""
    return MONITORING / "performance" / f"{batch}.parquet"


def judged_labels(batch: str) -> Path:
    """What was found of each file of labels that came later."""
    return MONITORING / "labels" / f"{batch}.json"


def drift_report(batch: str) -> Path:
    """Evidently's page about the same."""
    return DRIFT_REPORTS / f"{batch}.html"


def alert(name: str) -> Path:
    """One alert, and who has it already."""
    return ALERTS / f"{name}.json"


def night_record(batch: str) -> Path:
    """The verdict on a batch, with its reasons."""
    return MONITORING / "nights" / f"{batch}.json"


def refused(batch: str) -> Path:
    """The same of a batch in quarantine."""
    return quarantine(batch) / "record.json"


def batch_page(batch: str) -> Path:
    """The page about one batch."""
    return BATCH_PAGES / f"{batch}.html"
