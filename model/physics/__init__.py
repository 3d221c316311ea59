"""The physics, with one file for each subject. Imports nothing from ``likelihoods`` or ``workflow``."""
