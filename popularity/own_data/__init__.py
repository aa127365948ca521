"""From the demo to posts of one's own."""
