"""What the report says of posts whose photo is gone; vanished.html has the tables."""

HEADLINES = {
    None: "Photos that vanished",
    True: "Photos that vanished are no different from a random half",
    False: "Photos that vanished are not a random half",
}
"""Whether labels of posts whose photo is gone are those of a random half, as far as users tell; None: not known."""
