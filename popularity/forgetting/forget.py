"""People who ask for it are forgotten: what is kept of their posts goes, everywhere in the project.

Their ids are put on data/forgotten.csv first, as hashes, so that whatever is killed after that is finished by the same
command, and by nothing of theirs that it had to keep. Then goes what is found by the tables of their posts, these
tables' own source next, and last the tables, which their stages write anew.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from popularity import paths
from popularity.forgetting import remains
from popularity.forgetting.bundles import bundle_steps
from popularity.forgetting.crawls import crawl_steps, visit_steps
from popularity.forgetting.fetched import store_left, store_steps
from popularity.forgetting.files import answers_steps
from popularity.forgetting.records import draw_pages, record_steps, report_steps
from popularity.forgetting.scratch import scratch_steps
from popularity.forgetting.stages import held_by_tables, run_stages, trained_steps
from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom, posts_of_user
from popularity.forgotten import Forgotten
from popularity.settings import Settings
from popularity.store.place import store_folder
from popularity.store.store import nobody_writing


@dataclass(frozen=True)
class Plan:
    """What goes. posts: how many of theirs were found, or named. stages: batches whose stages run."""

    forgotten: Forgotten
    posts: int
    steps: Sequence[Step]
    stages: Sequence[str]
    outside: Sequence[str]  # what nothing here may change

    @property
    def lines(self) -> list[str]:
        """A line for each place."""
        runs = [f"the stages of {batch}: its tables, photos and embeddings are written anew" for batch in self.stages]
        return [*map(str, self.steps), *runs, *self.outside]


def plan(users: Collection[int], posts: Collection[int], settings: Settings) -> Plan:
    """Find what the project holds of these users and posts, and of all whom data/forgotten.csv names. Changes nothing.

    Raises UserError where something that has to be read cannot be.
    """
    pids = {pid for uid in users for pid in posts_of_user(uid, settings)} | set(posts)
    forgotten = Forgotten.read().adding(users, pids)
    whom = Whom.read(forgotten, settings)
    answers = [path for batch in settings.batches if (path := paths.answers(batch)).exists()]
    steps = [
        *bundle_steps(whom),
        *trained_steps(whom),
        *record_steps(forgotten),
        *report_steps(forgotten),
        *scratch_steps(list(settings.batches), forgotten),
        *answers_steps(answers, whom.links),
        *store_steps(whom),
        *visit_steps(settings, forgotten),
        *crawl_steps(whom, settings),
    ]
    stages = [name for name in settings.batches if held_by_tables(name, forgotten)]
    outside = [*remains.outside(whom, settings), *store_left(whom)]
    return Plan(forgotten, len(pids), steps, stages, outside)


def carry_out(
    users: Collection[int], posts: Collection[int], settings: Settings, agree: Callable[[Plan], None]
) -> list[str]:
    """Forget them. Killed, the same again finishes it. Returns the stages that ran.

    A crawl that is at work is waited for: it read before who is to be forgotten, and writes what it knows of them at
    its end. agree: called with what goes; where it raises, nothing does.
    The caller holds the project, see `dag.writer`. Raises UserError where a stage fails, as `stages.run_stages`.
    """
    with nobody_writing(store_folder()):
        found = plan(users, posts, settings)
        agree(found)
        found.forgotten.write()
    for step in found.steps:
        step.do()
    ran = run_stages(settings, found.forgotten)
    draw_pages()
    return ran
