"""What DVC prints, read right."""

import pytest

from flows.dag import Outcome, outcome_of


@pytest.mark.parametrize(
    ("stdout", "outcome"),
    [
        ("Running stage 'train_rf':\n> python -m stages.train_rf\nUpdating lock file 'dvc.lock'\n", Outcome.EXECUTED),
        ("Stage 'train_rf' is cached - skipping run, checking out outputs\n", Outcome.RESTORED),
        ("Stage 'train_rf' didn't change, skipping\nData and pipelines are up to date.\n", Outcome.UNCHANGED),
    ],
)
def test_outcome_is_read_from_dvcs_lines(stdout: str, outcome: Outcome) -> None:
    assert outcome_of(stdout) == outcome
