"""What the report says of posts whose photo is gone; vanished.html has the tables."""

HEADLINES = {
    None: "Photos that vanished",
    True: "Nothing here says that vanished photos are no random half",
    False: "Photos that vanished are not a random half",
}
"""Whether labels of posts whose photo is gone are those of a random half, as far as chance goes; None: not known."""
