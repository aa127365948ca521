"""Temporary."""

from popularity import paths


def write_batch_page(batch: str) -> None:
    """Write."""
    paths.batch_page(batch).parent.mkdir(parents=True, exist_ok=True)
    paths.batch_page(batch).write_text("page")


def write_monitoring_page() -> None:
    """Write."""
    paths.MONITORING_REPORT.write_text("page")
