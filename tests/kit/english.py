"""A reader of texts that stand among longer English ones, so that short ones are read as English."""

from collections.abc import Sequence

from popularity.text.sentiment import Read, Sentiment

LONGER = "We walked from the station to the river and saw a street"


class AmongEnglish(Sentiment):
    """As Sentiment, beside a longer text whose score is not told."""

    def read(self, texts: Sequence[str], users: Sequence[int] | None = None) -> Read:
        """Scores and languages of the texts alone."""
        assert users is None
        read = super().read([*texts, LONGER, LONGER, LONGER])
        return Read(read.score[: len(texts)], read.language[: len(texts)])
