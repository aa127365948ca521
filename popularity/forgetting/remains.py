"""What is left after forgetting, and what a person has to do about it."""

from collections.abc import Iterator

from popularity import paths
from popularity.dag.stages import remotes
from popularity.forgetting.crawls import is_copy
from popularity.forgetting.whom import Whom
from popularity.registry.history import current_version
from popularity.settings import Settings


def outside(whom: Whom, settings: Settings) -> Iterator[str]:
    """Files that hold the people and that nothing here may change, or can."""
    for name, folder in whom.batches.items():
        if name in settings.demo.batches:
            if folder:
                yield f"{folder.path} is drawn by the stage demo and stays as it is: ingest drops the rows"
        elif not is_copy(name, settings) and folder:
            yield f"{folder.path} was added --in-place and is not changed: it holds {folder}; ingest drops the rows"
    for folder in (*whom.batches.values(), *whom.others):
        for file in folder.unread:
            yield f"{folder.path / file} names them, or may, and nothing takes them out of it: look into it yourself"


def training() -> list[str]:
    """What only the next training removes; nothing where nothing was trained."""
    if not any(paths.MODELS.glob("*")):
        return []
    told = [
        "weights of the models, and what dictionaries say of a word, were learned from their labelled posts too",
        "`popularity repro` trains without them; until then figures are of the posts as they were, without a report",
    ]
    if (version := current_version()) is not None:
        told.append(
            f"{version} scores with these weights until another takes its place: by the flow retrain, or after "
            "`popularity repro` by `popularity champion create` and `popularity champion promote VERSION`"
        )
    return told


def copies() -> Iterator[str]:
    """Where older versions lie, and the commands that delete them."""
    yield "git add data dvc.lock metrics plots && git commit -m 'Forgotten on request'"
    yield "dvc gc --workspace --force"
    for name in remotes():
        yield f"dvc gc --workspace --cloud --remote {name} --force"


NOTES = (
    "dvc gc keeps what this checkout needs now, and nothing of other commits, branches and checkouts; for checkouts "
    "that share the cache add `--projects FOLDER`",
    "git keeps what was committed: of data/visits/ and plots/ older commits name posts by their pids",
    "Prefect's history of runs, .prefect/, can name up to five posts of a broken rule: delete .prefect/prefect.db "
    "while the server is stopped",
    "backups, other checkouts and files outside of this folder are yours to look after",
)
