"""The verdict on a batch, put on record; its pages are drawn from there."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from popularity import paths
from popularity.checks.gate import exit_code, found_by_stages
from popularity.checks.rules import Finding
from popularity.checks.set_aside import unreadable
from popularity.dataset.overlap import Overlap
from popularity.files import write_json
from popularity.monitoring.alert_record import put_on_record
from popularity.monitoring.alerts import of_verdict
from popularity.monitoring.batch import observe
from popularity.monitoring.drift import Drift
from popularity.monitoring.history import BrokenRule, NightRecord, write_night
from popularity.monitoring.requests import call_for
from popularity.monitoring.verdict import decide
from popularity.posts import read_table
from popularity.settings import Settings, batch_settings


def judge(batch: str, findings: Sequence[Finding], settings: Settings) -> tuple[NightRecord, list[Drift]]:
    """Compare a scored batch with its champion's reference; write request and record. Again: the same files.

    findings: the gate's.
    Raises UserError where its tables, its scores or the champion's reference are not there.
    """
    observed = observe(batch, settings)
    table = settings.monitoring.verdict
    told = observed.judged.reasons(table) if observed.judged else []
    verdict = decide(observed.drift, findings, table, observed.lacking, told)
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    posts, links = (
        overlap.kept(batch, read_table(table, ["pid", column]))
        for table, column in ((paths.posts(batch), "postdate"), (paths.links(batch), "alive"))
    )
    crawled = batch_settings(settings, batch).crawled or int(posts["postdate"].max())
    record = NightRecord(
        batch=batch,
        verdict=verdict.answer,
        reasons=verdict.reasons,
        drifted=verdict.drifted,
        **_counts(findings),
        version=observed.version,
        posts=len(posts),
        alive_share=round(float(links["alive"].mean()), 6),
        crawled=pd.Timestamp(crawled, unit="s", tz="UTC").isoformat(),
        labels=labels_hash(overlap.labels(batch)),
        expected_mae=None if np.isnan(observed.expected_mae) else round(observed.expected_mae, 6),
        not_compared=observed.not_compared,
        seen_before=overlap.told(batch),
    )
    if record.verdict == "retrain":
        call_for(batch)  # first, for the record says that all is done
    put_on_record(of_verdict(record), settings.monitoring.alerts)  # first, as above
    write_night(record)
    return record, observed.drift


def refuse(batch: str, reason: str | None, findings: Sequence[Finding], settings: Settings) -> NightRecord:
    """Put on record in data/quarantine/ why a crawl is refused, with the rows set aside; the crawl stays where it is.

    reason: what the stage that refused it said; None: the gate's findings tell.
    findings: the gate's, as far as it came. Where the stages have found something critical, that counts instead.
    """
    told = found_by_stages(batch)
    findings = told if exit_code(told) == 2 else findings
    verdict = decide((), findings, settings.monitoring.verdict)
    if reason is not None and exit_code(findings) < 2:
        findings = [*findings, unreadable(reason)]
    record = NightRecord(
        batch=batch,
        verdict="stop",
        reasons=verdict.reasons if verdict.answer == "stop" else (f"stop: {reason}", *verdict.reasons),
        drifted=(),
        **_counts(findings),
        version=None,
        posts=None,
        alive_share=None,
        crawled=None,
        labels=None,
    )
    put_on_record(of_verdict(record), settings.monitoring.alerts)
    write_json(paths.refused(batch), record.model_dump(mode="json"))
    if paths.rejected(batch).exists():
        shutil.copy(paths.rejected(batch), paths.quarantine(batch))
    return record


def labels_hash(labels: pd.DataFrame) -> str | None:
    """SHA-256 of a batch's labels, as `Overlap.labels`; None while it has none."""
    label = labels["label"]
    return hashlib.sha256(label.to_numpy().tobytes()).hexdigest() if label.notna().any() else None


def _counts(findings: Sequence[Finding]) -> dict[str, Any]:
    failed = [finding for finding in findings if not finding.passed]
    return {
        "critical": sum(finding.severity == "critical" for finding in failed),
        "warning": sum(finding.severity == "warning" for finding in failed),
        "findings": tuple(BrokenRule.model_validate(asdict(finding)) for finding in failed),
    }
