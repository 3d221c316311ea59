"""One file per physical thing. Imports nothing from ``likelihoods`` or ``workflow``."""
