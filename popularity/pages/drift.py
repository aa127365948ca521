"""Evidently's page about a batch beside what its champion knows, drawn from the record of its drift."""

from popularity import paths
from popularity.files import replacing
from popularity.monitoring.batch import see
from popularity.monitoring.drift import beside, run_evidently
from popularity.monitoring.record import read_drift


def write_drift_page(batch: str) -> None:
    """Write reports/drift/<batch>.html: the columns, methods and limits that are on record, over the batch's tables.

    Raises UserError where there is no record of its drift, or as `monitoring.batch.see`.
    """
    seen = see(batch)
    limits = {one.column: (one.method, one.threshold) for one in read_drift(batch)}
    with replacing(paths.drift_report(batch)) as temporary:
        run_evidently(*beside(seen.current, seen.reference, limits), limits).save_html(str(temporary))
