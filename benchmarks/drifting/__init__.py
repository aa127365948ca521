"""What `benchmarks.drift` and `benchmarks.labels` share: sets, nights from them, what is done to one, Evidently."""
