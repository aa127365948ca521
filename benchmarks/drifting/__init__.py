"""What `benchmarks.drift` and `benchmarks.labels` are made of: the sets, the nights drawn from them, what is done to a night, Evidently."""
