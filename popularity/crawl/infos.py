"""Posts asked for one by one: what is said of each, that it is gone, or that nothing is known this time."""

from collections import Counter

from popularity.crawl.answers import PhotoInfo
from popularity.crawl.api import StrangeError
from popularity.crawl.batch import GONE_BECAUSE
from popularity.crawl.ledger import FORGOTTEN, Calls, Reading

INFO = "flickr.photos.getInfo"

MOST_STRANGE = 8
"""Posts in a row whose answers have another form: then it is not the posts, and each costs all its tries."""


class Infos:
    """The posts of one crawl. strange: answers in another form. refused: code -> refusals that say nothing of a post.

    Neither keeps other posts from being asked for, nor makes its own one count as gone.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.strange = self._in_a_row = 0
        self.refused: Counter[int] = Counter()

    def of(self, pid: int) -> Reading[PhotoInfo] | None:
        """What is said of a post, FORGOTTEN, or a code of GONE_BECAUSE; None where nothing is known.

        Raises as `Calls.call`, but StrangeError only for the last of MOST_STRANGE in a row.
        """
        try:
            reading = self._calls.call(INFO, PhotoInfo, photo_id=pid)
        except StrangeError:
            self.strange += 1
            self._in_a_row += 1
            if self._in_a_row == MOST_STRANGE:
                raise
            return None
        self._in_a_row = 0
        if reading.said is None and reading.code not in {FORGOTTEN, *GONE_BECAUSE}:
            self.refused[reading.code] += 1
            return None
        return reading

    def told(self) -> list[str]:
        """What is to be said of posts of which nothing is known, a sentence each."""
        lines = [f"{n:,} posts were refused with code {code}" for code, n in sorted(self.refused.items())]
        return [*lines, f"{self.strange:,} posts could not be read"] if self.strange else lines
