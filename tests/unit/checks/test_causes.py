"""A cause comes before what follows from it, and nothing explains itself."""

from popularity.checks.causes import EXPLAINS, causes_first, explained
from popularity.checks.rules import Finding


def finding(column: str, severity: str = "warning") -> Finding:
    return Finding("expect_x", column, severity, False, 3, (), "why")


def test_no_two_rules_explain_each_other() -> None:
    both = [
        (one, other)
        for one in EXPLAINS
        for other in EXPLAINS
        if one < other and explained(one, [finding(other)]) and explained(other, [finding(one)])
    ]
    assert both == []


def test_a_cause_comes_before_graver_findings_that_follow_from_it() -> None:
    cause, critical = finding("of_commonest_uid"), finding("avgview_to_usual", "critical")
    assert causes_first([critical, cause]) == [cause, critical]


def test_among_causes_the_critical_come_first() -> None:
    warning, critical = finding("mojibake"), finding("groupcount", "critical")
    assert causes_first([warning, critical]) == [critical, warning]


def test_rules_on_one_column_do_not_explain_each_other() -> None:
    assert not explained("avgview", [finding("avgview")])
