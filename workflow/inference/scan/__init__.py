"""Many points of a run: their design, their evaluation in shards, and maps of the result.

Input: a config with the section ``scan``. Output: a folder of Parquet shards, a table and a figure of maps, or arrays.
The entries are ``shards.run_shards`` and ``maps.profile_maps``; ``design`` makes the points.
"""
