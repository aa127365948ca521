"""What each column of what is known of a post is about, and which kind of evidence that is."""

USER, TIME, TAGS, TITLE, DESCRIPTION, TEXT = "user", "time", "tags", "title", "description", "text"
PHOTO, COMMENTS, NUMBER, SEASON_OF_ALL, AGE = "photo", "comments", "number", "season", "age"
SHOWN = "image_prediction"
"""Name of the column that holds what an image model predicts."""
PHOTO_OF = "photo_of"
"""Column of posts that are shown with the photos of others: the pids of those. Where it is missing, with their own."""

SUBJECTS = {
    "uid": USER, "avgview": USER, "groupcount": USER, "avgmembercount": USER, "postdate": TIME,
    "tags": TAGS, "tagcount": TAGS, "tag_score": TAGS, "title": TITLE, "titlelen": TITLE, "title_score": TITLE,
    "deslen": DESCRIPTION, "sentiment": DESCRIPTION, "haspeople": PHOTO, "photo_shape": PHOTO, SHOWN: PHOTO,
    PHOTO_OF: PHOTO, "commentcount": COMMENTS, "pid": NUMBER, "age_days": AGE,
}  # fmt: skip

MODALITIES = ("social", "context", "content", "time")
"""The paper's content, context and social features, and the time, which it counts among the latter."""
MODALITY = {
    USER: "social", TAGS: "context", TITLE: "context", DESCRIPTION: "context", TEXT: "context", PHOTO: "content",
    TIME: "time",
}  # fmt: skip
"""The modality of each subject; comments come later, a post's number and its age at reading are no evidence."""


def subject(column: str) -> str:
    """What a column is about; of those that nothing here names, which come of the text table, the text."""
    return SUBJECTS.get(column, TEXT)
