"""Links whose answer was temporary are asked for again, as long as their crawl is recent."""

import time

from prefect import task

from popularity.batches.answers import recent_temporary, retry_links
from popularity.errors import UserError
from popularity.printing import say


@task(name="links retry", persist_result=False)
def retry_recent() -> None:
    """Ask again, batch by batch; one that fails is told and keeps none from its turn.

    What comes is in the store and the batch's answers: the next run of its stages makes photos of it.
    """
    for batch in recent_temporary(time.time()):
        try:
            say(f"{batch}: asked again for {retry_links(batch):,} links whose answer was temporary")
        except UserError as failure:
            say(f"{batch}: its links are not asked for again: {failure}")
