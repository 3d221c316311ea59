"""One self-contained HTML page of a run.

Enters: ``posterior.nc``, diagnostics, evidence and figures. Leaves: ``report.html``. The face is
``report.write_report``.
"""
