"""A broken rule in plain words: what it asks for, as Great Expectations' own renderer says it, and what was found."""

import re
from functools import reduce
from string import Template
from typing import Any

SUMMARY = "atomic.prescriptive.summary"
PLAIN = (
    ("greater than or equal to ", "at least "),
    ("less than or equal to ", "at most "),
    (", at least $mostly_pct % of the time", ", in at least $mostly_pct % of the rows"),
)
"""What the renderer writes, and how it is said here."""

WHOLE = 1e15
"""Whole numbers up to this are written as such."""


def in_words(outcome: Any, rows: int) -> str:
    """What a rule limits, and what was measured; "" where it could not be tried.

    outcome: GX's result of a rule that did not pass, in format SUMMARY. rows: of the table.
    """
    kwargs, result = outcome.expectation_config.kwargs, outcome.result
    count, n = result.get("unexpected_count"), result.get("element_count", rows)
    if kwargs.get("value_set") in ([0], [False]) and "row_condition" not in kwargs and count is not None:
        flag = str(kwargs["column"]).replace("_", " ")
        most = round(100 * (1 - float(kwargs.get("mostly", 1))), 1)
        allowed = f"at most {most:g} % of the rows" if most else "no row"
        return f"{flag}: {allowed} may be so, and {count:,} of {n:,} are"
    limit = _limit(outcome.expectation_config)
    if not limit:
        return ""
    if count is not None:
        return f"{limit}; {count:,} of {n:,} rows are not so"
    missing = (result.get("details") or {}).get("mismatched", {}).get("missing")
    found = result.get("observed_value")
    told = f"missing: {', '.join(map(str, missing))}" if missing else f"found: {found}" if found is not None else ""
    return f"{limit}; {told}" if told else ""


def _limit(config: Any) -> str:
    from great_expectations.render.renderer.inline_renderer import InlineRenderer

    for part in InlineRenderer(render_object=config).get_rendered_content():
        if part.name == SUMMARY and part.value.template:
            plain = reduce(lambda text, words: text.replace(*words), PLAIN, part.value.template)
            commas = re.sub(r"(\$\w+) (?=\$\w+)", r"\1, ", plain)
            values = {name: _written(name, value) for name, value in (part.value.params or {}).items()}
            values["mostly_pct"] = f"{100 * float(config.kwargs.get('mostly', 1)):.3g}"
            return Template(commas).safe_substitute(values).rstrip(".")
    return ""


def _written(name: str, param: Any) -> str:
    value = param["value"] if isinstance(param, dict) else param.value
    if isinstance(value, str):
        return repr(value) if name.startswith("v__") else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{int(value):,}" if float(value).is_integer() and abs(value) < WHOLE else f"{value:.4g}"
    return str(value)
