"""The points of a scan, in blocks of 4096 that are made one by one and do not depend on each other.

The last axis of a grid varies fastest. Sobol points are scrambled as in ``scipy.stats.qmc.Sobol`` and go through the
quantiles of the priors, as random points do. Each block of random points has a generator of its own. Thus a point
depends on its number alone, and not on the number of shards.
"""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from model.physics.quantities import Array
from workflow.inference.posterior import priors
from workflow.inference.posterior.priors import Prior
from workflow.inference.run import points
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.scan_section import ScanAxis, ScanOptions

BLOCK = points.CHUNK
SOBOL_BITS = 32  # scipy's default of 30 ends at 1.07e9 points; with more than 32 its net cannot start in the middle


def options_of(config: Config) -> ScanOptions:
    """The options of the scan of a run.

    Raises
    ------
    ConfigError
        If the run has none.
    """
    if config.scan is None:
        raise ConfigError(
            f"{config.run}: the section scan is missing; allowed: one in the file, or "
            "--set 'scan={design: sobol, points: 100000, shards: 4}'"
        )
    return config.scan


def size(config: Config) -> int:
    """The number of points of a scan.

    Raises
    ------
    ConfigError
        If the run has no scan, or an axis or the file is wrong.
    """
    options = options_of(config)
    if options.file is not None:
        with points.opened(Path(options.file)) as file:
            return sum(1 for _, row in file.rows if row)
    if options.points is not None:
        return options.points
    return math.prod(len(values) for values in _grid(config, options).values())


def blocks_of_shard(config: Config, shard: int) -> range:
    """Numbers of the blocks of a shard, counted from 0; the sizes of two shards differ by at most one block.

    Raises
    ------
    ConfigError
        If there is no shard of this number.
    """
    shards = options_of(config).shards
    if not 0 <= shard < shards:
        raise ConfigError(f"--shard {shard}; allowed: 0 to {shards - 1}, as scan.shards is {shards}")
    blocks = -(-size(config) // BLOCK)
    return range(shard * blocks // shards, (shard + 1) * blocks // shards)


def blocks(config: Config, numbers: range) -> Iterator[dict[str, Array]]:
    """The points of consecutive blocks, every parameter filled in: {name: (n,)} in physical units.

    Parameters that the scan does not vary take the fixed value of the run or the median of their prior.

    Raises
    ------
    ConfigError
        As for `size`, and if the file holds anything but numbers.
    """
    options = options_of(config)
    if options.file is not None:
        with points.opened(Path(options.file)) as file:
            yield from itertools.islice(points.chunks(file, config), numbers.start, numbers.stop)
        return
    total = size(config)
    varied = (
        _grid_blocks if options.design == "grid" else _sobol_blocks if options.design == "sobol" else _random_blocks
    )
    defaults = config.fixed | {name: prior.median for name, prior in config.priors.items()}
    for number, found in zip(numbers, varied(config, options, numbers), strict=True):
        n = min(BLOCK, total - number * BLOCK)
        given = {name: values[:n] for name, values in found.items()}
        yield {name: given[name] if name in given else np.full(n, value) for name, value in defaults.items()}


def grid_axes(config: Config) -> dict[str, Array]:
    """Values of each axis of a grid by name.

    Raises
    ------
    ConfigError
        If the run has no scan, or an axis is wrong.
    """
    return _grid(config, options_of(config))


def _grid(config: Config, options: ScanOptions) -> dict[str, Array]:
    axes = {}
    for name, axis in options.axes.items():
        prior = _range_of(config, name, axis)
        low, high = prior.to_coordinate(np.array(prior.bounds))
        if not np.isfinite(high - low):
            raise ConfigError(f"scan.axes.{name}: the prior has no ends; allowed: min and max")
        axes[name] = prior.to_physical(np.linspace(low, high, axis.points or 2))
    return axes


def _range_of(config: Config, name: str, axis: ScanAxis) -> Prior:
    """The prior of a parameter, or one that is flat on the range of the axis."""
    declared = {parameter.name: parameter for parameter in config.parameters}
    if name not in declared:
        raise ConfigError(f"scan.axes.{name}: unknown parameter; allowed: {', '.join(declared)}")
    own = config.priors.get(name)
    if axis.min is None or axis.max is None:
        if own is None:
            raise ConfigError(f"scan.axes.{name}: the parameter is fixed; allowed: min and max, or a prior")
        return own
    within = declared[name].range
    if not (within.contains(axis.min) and within.contains(axis.max)):
        raise ConfigError(f"scan.axes.{name}: reaches from {axis.min:g} to {axis.max:g}; allowed: {within}")
    logarithmic = axis.scale == "log" if axis.scale is not None else own is not None and own.logarithmic
    try:
        return priors.log_uniform(axis.min, axis.max) if logarithmic else priors.uniform(axis.min, axis.max)
    except ValueError as error:
        raise ConfigError(f"scan.axes.{name}: {error}") from None


def _ranges(config: Config, options: ScanOptions) -> dict[str, Prior]:
    """What the points of a net or of random numbers are drawn from; all priors if no axis is named."""
    if not options.axes:
        return config.priors
    return {name: _range_of(config, name, axis) for name, axis in options.axes.items()}


def _grid_blocks(config: Config, options: ScanOptions, numbers: range) -> Iterator[dict[str, Array]]:
    axes = _grid(config, options)
    shape = tuple(len(values) for values in axes.values())
    for number in numbers:
        flat = np.arange(number * BLOCK, min((number + 1) * BLOCK, math.prod(shape)))
        yield {
            name: values[index]
            for (name, values), index in zip(axes.items(), np.unravel_index(flat, shape), strict=True)
        }


def _sobol_blocks(config: Config, options: ScanOptions, numbers: range) -> Iterator[dict[str, Array]]:
    ranges = _ranges(config, options)
    net = qmc.Sobol(len(ranges), rng=np.random.default_rng(options.seed), bits=SOBOL_BITS)
    if numbers.start:
        net.fast_forward(numbers.start * BLOCK)
    for _ in numbers:
        yield _quantiles(ranges, net.random(BLOCK))


def _random_blocks(config: Config, options: ScanOptions, numbers: range) -> Iterator[dict[str, Array]]:
    ranges = _ranges(config, options)
    for number in numbers:
        stream = np.random.default_rng(np.random.SeedSequence(options.seed, spawn_key=(number,)))
        yield _quantiles(ranges, stream.random((BLOCK, len(ranges))))


def _quantiles(ranges: dict[str, Prior], unit: Array) -> dict[str, Array]:
    """Physical values of points (n, d) of the unit cube; 0, at which a normal is infinite, moves by half of a bit."""
    inside = np.maximum(unit, 0.5**SOBOL_BITS / 2.0)
    return {
        name: prior.to_physical(prior.quantile(column))
        for (name, prior), column in zip(ranges.items(), inside.T, strict=True)
    }
