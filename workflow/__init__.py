"""How the pieces are run: ``rules`` for Snakemake, ``inference`` for Python."""
