"""What `benchmarks.drift` and `benchmarks.labels` share: sets, nights drawn from them, what is done to one, Evidently."""
