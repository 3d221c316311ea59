"""One self-contained HTML page of a run.

Input: ``posterior.nc``, diagnostics, evidence and figures. Output: ``report.html``. The entry is
``report.write_report``.
"""
