"""What `benchmarks.drift` and `benchmarks.labels` share: the sets, nights drawn from them, what is done to a night."""
