"""From a config to a report: priors, posterior, sampling, diagnostics, figures, report, and the only file I/O."""
