"""What can happen in a night of the demo world. In a file of its own, which the command imports at no cost."""

from enum import StrEnum


class Event(StrEnum):
    """What can happen in a night."""

    DEAD_LINKS = "dead_links"  # nine in ten photos are gone
    NEW_USERS = "new_users"  # half of the posts are from users never seen
    TAG_FASHION = "tag_fashion"  # a third of the tags are words never seen
    THOUSANDS = "thousands"  # avgview is in thousands
    SHIFTED_COLUMNS = "shifted_columns"  # every value lies one column to the right
    VIEWS_UP = "views_up"  # labels are half a standard deviation higher, and the posts as ever
