"""What follows from what: a broken rule may be the cause of others and of drift, which then is no news of its own."""

from collections.abc import Sequence
from fnmatch import fnmatch

from popularity.checks.rules import Finding

WORDS = (
    "unseen_t*",
    "unseen_w*",
    "tag_score",
    "title_score",
    "titlelen",
    "deslen",
    "tagcount",
    "described",
    "sentiment",
    "prediction",
)
"""Columns of drift that texts decide. Words of broken texts are unseen, and no retraining should learn them."""

LENGTHS = ("title_is_empty", "titlelen_differs", "deslen_differs", "of_commonest_*_length")
CUT = ("nothing_beyond_ascii", "title_is_empty", "titlelen_differs", "deslen_differs", *WORDS)
USERS = (
    "avgview",
    "avgview_*",
    "unseen_users",
    "year_of_silence",
    "prediction",
    "groupcount",
    "avgmembercount",
)
DATES = ("year_of_silence", "at_midnight", "seen and postdate", "ahead_of_all_others", "hour", "weekday", "prediction")
ADDRESSES = ("of_commonest_picture", "link_lacks_pid", "reason", "temporary", "alive", "embedding_*", "prediction")

EXPLAINS: dict[str, tuple[str, ...]] = {
    "of_commonest_uid": (*USERS, "words_of_another", *WORDS),
    "words_of_another": (),
    "of_commonest_postdate": (*DATES, "words_of_another", "under_another_pid"),
    "postdate": DATES,
    "year_of_silence": DATES,
    "ahead_of_all_others": ("seen and postdate", "hour", "weekday", "prediction"),
    "mojibake": ("tagcount and tags_in_alltags", *LENGTHS, "as_if_swapped", *WORDS),
    "title": (*LENGTHS, *WORDS),
    "description": (*LENGTHS, *WORDS),
    "alltags": ("tagcount and tags_in_alltags", *WORDS),
    "tagcount and tags_in_alltags": WORDS,
    "title_has_markup": (*LENGTHS, *WORDS),
    "description_has_markup": (*LENGTHS, *WORDS),
    "of_commonest_title_length": CUT,
    "of_commonest_description_length": CUT,
    "as_if_swapped": ("title", "description", *LENGTHS, "title_has_markup", "description_has_markup", *WORDS),
    "nothing_beyond_ascii": ("titlelen_differs", "deslen_differs", *WORDS),
    "titlelen_differs": WORDS,
    "deslen_differs": WORDS,
    "avgview_to_usual": ("avgview_unlike_users", "avgview", "prediction"),
    "avgview_unlike_users": ("avgview", "groupcount", "avgmembercount", "unseen_users", "prediction"),
    "image_url": ADDRESSES,
    "of_commonest_link": ADDRESSES,
    "link_lacks_pid": ("embedding_*", "prediction"),
    "of_commonest_picture": ("embedding_*", "prediction"),
    "alive": ("prediction",),
    "reason": ("alive", "prediction"),
}
"""The column of a rule, and patterns of columns of rules and of drift that may be off because of it alone."""


def explained(column: str, broken: Sequence[Finding]) -> bool:
    """Whether one of the broken rules explains what is found in a column, of a table or of drift.

    What explains the prediction explains the residual: a label over a score that damage made says nothing of labels.
    """
    column = "prediction" if column == "residual" else column
    return any(
        fnmatch(column, pattern) for one in broken if one.column != column for pattern in EXPLAINS.get(one.column, ())
    )


def causes_first(broken: Sequence[Finding]) -> list[Finding]:
    """Broken rules, those that no other explains before the others, critical ones before warnings."""
    return sorted(broken, key=lambda one: (explained(one.column, broken), one.severity != "critical"))
