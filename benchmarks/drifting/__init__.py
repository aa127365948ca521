"""What `benchmarks.drift` is made of: the sets, the nights drawn from them, what is done to a night, Evidently."""
