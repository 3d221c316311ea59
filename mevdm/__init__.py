"""MeV-scale dark matter compared with the data: the public names of the package.

>>> import mevdm
>>> run = mevdm.load("config/hooper_zurek_2008.yaml")
>>> table = run.evaluate({"g": 0.8, "chi": 3e-5, "lambda": 0.4, "m_soft_tev": 2.0})
>>> float(table["m_dm_mev"].round(4))
0.9404

``load`` reads a config file and gives a :class:`Run`, which evaluates points. ``results`` opens the output of a run
and gives :class:`Results`. Everything else in the packages ``model``, ``likelihoods`` and ``workflow`` may change
between versions.
"""

from importlib.metadata import version

from mevdm._results import Results, ResultsError, results
from mevdm._run import PointsError, Run, load
from workflow.inference.run.errors import ConfigError

__version__ = version("mevdm")
__all__ = ["ConfigError", "PointsError", "Results", "ResultsError", "Run", "__version__", "load", "results"]
