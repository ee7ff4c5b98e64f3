"""Charts as inline SVG: no script, no outside file, every text escaped."""

from stillwatch.adapters.report.charts.graph import graph_chart
from stillwatch.adapters.report.charts.hours import hours_chart
from stillwatch.adapters.report.charts.series import series_chart

__all__ = ["graph_chart", "hours_chart", "series_chart"]
