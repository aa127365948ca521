"""Evidently's dashboard, built anew from our record: a view that any version of Evidently can be given.

Each batch is a run at the date of its crawl. Its figures are the record's own: Evidently takes means over a table of
one row.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from popularity.files import replacing
from popularity.monitoring.history import Night
from popularity.pages.digits import three
from popularity.printing import LONG

PROJECT = "photo-popularity"
PROJECT_ID = uuid.uuid5(uuid.NAMESPACE_DNS, PROJECT)
"""The same in every workspace, so that a bookmark outlives it."""


@dataclass(frozen=True)
class Panel:
    """Lines or bars over batches, or their last values. values: figure -> what the legend calls it.

    Evidently 0.7 names no axis of values and takes no range: the title names it, and a share is stacked upon the rest,
    so that its axis always ends at 100 %. {label} and {distance} are the units of labels and of drift.
    """

    title: str
    subtitle: str
    plot: Literal["line", "bar", "counter"]
    values: dict[str, str]
    size: Literal["half", "full"] = "half"
    stacked: bool = False  # bars, one upon another


LATEST = Panel(
    "The latest figures",
    "Of each the last that is known: labels come days after their batch. Errors are in {label}",
    "counter",
    {
        "rows": "posts",
        "mae": "MAE of the champion",
        "user_mean_mae": "MAE of the user's mean",
    },  # and no share: where one is 0, Evidently 0.7.23 says "no value"
    size="full",
)
PANELS = (
    Panel(
        "Drifted columns, %",
        "Of all columns that were compared with what the champion knows",
        "bar",
        {"drifted": "drifted", "quiet": "below their limits"},
        stacked=True,
    ),
    Panel(
        "Photos still there, %",
        "Of the posts of the batch",
        "bar",
        {"alive": "there", "gone": "gone"},
        stacked=True,
    ),
    Panel(
        "Drift of the prediction, {distance}",
        "Distance from the champion's reference, and the limit that it must not reach",
        "line",
        {"prediction_drift": "distance", "prediction_limit": "limit"},
    ),
    Panel(
        "Drift of the label, {distance}",
        "Of labels less the scores, once they came, and the limit",
        "line",
        {"label_drift": "distance", "label_limit": "limit"},
    ),
    Panel(
        "Error on the labels that came, {label}",
        "MAE of the scores given at the time and of the user's mean",
        "line",
        {"mae": "champion", "user_mean_mae": "user's mean"},
    ),
    Panel(
        "Posts, number",
        "Rows of the batch; a batch in quarantine has none",
        "bar",
        {"rows": "posts"},
    ),
    Panel(
        "Broken rules of the gate, number",
        "Critical ones stop a batch, warnings go on its page",
        "bar",
        {"critical": "critical", "warning": "warnings"},
        stacked=True,
    ),
)


def rebuild(history: Sequence[Night], folder: Path, label: str) -> None:
    """Replace the workspace in a folder by one of these batches, in their order; needs no file but these.

    label: its unit. Ids in the workspace are random, but the project's.
    """
    os.environ["DO_NOT_TRACK"] = "1"  # read when evidently is imported
    from evidently.sdk.models import DashboardModel, DashboardTabModel, ProjectModel
    from evidently.ui.workspace import Workspace

    shown = drawn(history, label)
    panels = [_panel(panel) for panel in shown]
    tab = DashboardTabModel(title="Nights", panels=[panel.id for panel in panels])
    with replacing(folder) as temporary:
        workspace = Workspace.create(str(temporary))
        project = workspace.add_project(
            ProjectModel(id=PROJECT_ID, name=PROJECT, description="The night shift, a point a batch.")
        )
        for night, date in zip(history, dates(history), strict=True):
            workspace.add_run(project.id, _run(night, date, shown))
        workspace.save_dashboard(project.id, DashboardModel(tabs=[tab], panels=panels))


def figures(night: Night) -> dict[str, float]:
    """What the panels show of a batch; only what is known."""
    record, drift = night.record, {one.column: one for one in night.drift}
    found: dict[str, float | None] = {
        **_parts("drifted", "quiet", night.drifted_share),
        **_parts("alive", "gone", record.alive_share),
        "rows": record.posts,
        "critical": record.critical,
        "warning": record.warning,
    }
    for name, column in (("prediction", "prediction"), ("label", "residual")):
        if column in drift:
            found |= {f"{name}_drift": drift[column].value, f"{name}_limit": drift[column].threshold}
    if night.performance is not None:
        found |= {"mae": night.performance.mae, "user_mean_mae": night.performance.user_mean_mae}
    return {name: float(value) for name, value in found.items() if value is not None}


def _parts(part: str, rest: str, share: float | None) -> dict[str, float | None]:
    """A share and the rest, in per cent; their sum is 100 to the last bit."""
    if share is None:
        return {part: None, rest: None}
    found = round(100 * share, 4)
    return {part: found, rest: round(100 - found, 4)}


def drawn(history: Sequence[Night], label: str) -> list[Panel]:
    """The panels that have something to draw: of each only the figures that are known, and one at least that is not 0.

    label: its unit.
    """
    known = [figures(night) for night in history]
    methods = {one.method for night in history for one in night.drift if one.column in ("prediction", "residual")}
    units = {"label": label, "distance": "standard deviations" if methods == {"wasserstein"} else "distance"}
    series = {
        name: [night[name] for night in known if name in night] for panel in (LATEST, *PANELS) for name in panel.values
    }
    found = []
    for panel in (LATEST, *PANELS):
        values = {name: legend for name, legend in panel.values.items() if series[name]}
        if panel is LATEST:
            values = {name: legend for name, legend in values.items() if series[name][-1]}
        if any(any(series[name]) for name in values):
            title, subtitle = (text.format(**units) for text in (panel.title, panel.subtitle))
            found.append(replace(panel, title=title, subtitle=subtitle, values=values))
    return found


def dates(history: Sequence[Night]) -> list[datetime]:
    """A date for each batch, ascending, UTC. One in quarantine has none of its own: it takes a second after the last.

    Where no date comes before it, it takes the day before the next one's.
    """
    known = [datetime.fromisoformat(night.record.crawled) for night in history if night.record.crawled]
    last = (known[0] if known else datetime.fromisoformat("1970-01-02T00:00:00+00:00")) - timedelta(days=1)
    found = []
    for night in history:
        last = datetime.fromisoformat(night.record.crawled) if night.record.crawled else last + timedelta(seconds=1)
        found.append(last)
    return found


def _run(night: Night, date: datetime, panels: Sequence[Panel]) -> Any:
    """Evidently's snapshot of a batch."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import MeanValue

    values = figures(night)
    row = Dataset.from_pandas(pd.DataFrame([values]), data_definition=DataDefinition(numerical_columns=list(values)))
    report = Report([MeanValue(column=name) for name in values])
    record = night.record
    snapshot = report.run(
        row, None, timestamp=date, name=record.batch, metadata={"batch": record.batch, "verdict": record.verdict}
    )
    show_figures(snapshot, values, panels)
    return snapshot


def show_figures(snapshot: Any, values: dict[str, float], panels: Sequence[Panel]) -> None:
    """Have a run's own page show the figures themselves; Evidently's are histograms of one row, and set in private."""
    from evidently.legacy.renderers.html_widgets import CounterData, WidgetSize, counter

    found = []
    for panel in panels:
        if panel.plot == "counter":
            continue
        known = [CounterData(legend, _number(values[name])) for name, legend in panel.values.items() if name in values]
        if known:
            found.append(counter(title=panel.title, counters=known, size=WidgetSize.HALF))
    snapshot._widgets = found


def _number(value: float) -> str:
    """A count as it is, another figure with three digits."""
    return f"{value:,.0f}" if value.is_integer() and abs(value) < LONG else three(value)


def _panel(panel: Panel) -> Any:
    from evidently.sdk.models import DashboardPanelPlot, PanelMetric

    values = [
        PanelMetric(legend=legend, metric="MeanValue", metric_labels={"column": name})
        for name, legend in panel.values.items()
    ]
    return DashboardPanelPlot(
        title=panel.title,
        subtitle=panel.subtitle,
        size=panel.size,
        values=values,
        plot_params={"plot_type": panel.plot, "is_stacked": panel.stacked, "aggregation": "last"},
    )
