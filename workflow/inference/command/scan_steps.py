"""Steps of a scan: its shards, and the maps of its points."""

import argparse
import sys
from pathlib import Path

from workflow.inference.command.run_steps import load_run, made, results_of, writable_folder
from workflow.inference.run.errors import ConfigError


def scan(options: argparse.Namespace) -> None:
    """Evaluate the shards of a scan that are not there, or one shard."""
    from threadpoolctl import threadpool_limits

    from workflow.inference.scan import design, shards

    config = load_run(options)
    folder = writable_folder("--out", options.out or results_of(config) / "scan")
    if options.shard is None:
        written = shards.run_shards(config, options.tables, folder, options.cores)
        sys.stderr.write(
            f"{config.run}: {design.size(config)} points in {design.options_of(config).shards} shards, "
            f"{written} of them new, in {folder}\n"
        )
        return
    with threadpool_limits(limits=1):
        shards.write_shard(shards.Evaluator(config, options.tables, folder), lambda _: None, options.shard)


def maps(options: argparse.Namespace) -> None:
    """Draw the planes of a scan and write their cells."""
    from workflow.inference.drawing.figure_files import save
    from workflow.inference.posterior.columns import descriptions
    from workflow.inference.scan import design, shards
    from workflow.inference.scan.map_figure import CAPTION, map_figure
    from workflow.inference.scan.maps import plane_maps, write_maps

    config = load_run(options)
    section = design.options_of(config)
    folder: Path = options.scan or results_of(config) / "scan"
    planes = options.planes or section.maps
    if not planes:
        raise ConfigError("scan.maps: is empty; allowed: pairs of columns there, or --plane X Y")
    files = [made(shards.path_of(folder, k), f"scan {options.run}") for k in range(section.shards)]
    identity = shards.identity(config)
    for file in files:
        shards.require_identity(file, identity)
    try:
        drawn = plane_maps(config, files, [(x, y) for x, y in planes], options.bins or section.bins)
        figure = map_figure(drawn, descriptions(config.parameters))
    except (ValueError, OSError) as error:  # pyarrow has either for a shard that is damaged inside
        raise ConfigError(f"{folder}: {' '.join(str(error).split())}") from None
    out = options.out or folder
    write_maps(drawn, out / "cells.csv")
    save(figure, out, "maps", CAPTION.read_text(encoding="utf-8").strip())
