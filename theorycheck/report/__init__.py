"""The only formatting: text (rich on a terminal), JSON, HTML."""
from theorycheck.claims.report import Report, install_html_renderer


def _render(report: Report) -> str:
    from theorycheck.report.html import report_html
    return report_html(report)


install_html_renderer(_render)
