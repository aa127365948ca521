"""The figures of sets, one after another: each in a project of its own, run three times with other params."""

from collections.abc import Sequence

from tqdm import tqdm

from popularity.paper_tables.figures import SetFigures, Tables, figures_of_set, read_emptied, read_told, scored_tables
from popularity.paper_tables.project import BEFORE_POSTING, NEWEST, PAPERS_OWN, Crawl, Variant, project_of
from popularity.settings import load_settings


def make_figures(crawls: Sequence[Crawl]) -> list[SetFigures]:
    """Figures of each set; without any, of the current project's own batches. Raises UserError where a stage fails."""
    wanted: list[Crawl | None] = [*crawls] or [None]
    return [_figures_of(crawl) for crawl in tqdm(wanted, desc="paper tables", unit="set")]


def _figures_of(crawl: Crawl | None) -> SetFigures:
    seconds: dict[str, dict[str, float]] = {}
    with project_of(crawl) as project:

        def run(variant: Variant) -> Tables:
            seconds[variant.name] = project.run(variant)
            return scored_tables(variant.models)

        before, emptied = run(BEFORE_POSTING), read_emptied()
        newest = run(NEWEST)
        own, (told, weights) = run(PAPERS_OWN), read_told()
        return figures_of_set(
            project.name,
            own=own,
            before=before,
            newest=newest,
            told=told,
            weights=weights,
            emptied=emptied,
            seconds=seconds,
            seed=load_settings().base.seed,
        )
