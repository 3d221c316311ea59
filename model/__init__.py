"""Parameters to spectrum, couplings, cross-sections and observables.

Data flow one way: ``values {name: (n,)} -> Model.predict -> Prediction``. A file directly in this folder, without a
leading underscore, is a model that a config can name; the physics that models share is in ``model.physics``.
Natural units, MeV, unless a name says otherwise; every array has shape ``(n,)``, one entry per parameter point.
"""

from model import _kernel_cache

_kernel_cache.provide()  # before the import of any kernel
