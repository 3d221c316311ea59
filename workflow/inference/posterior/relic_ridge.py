"""The relic ridge of a run: where its own relic abundance is the observed one, as a table over sampling coordinates."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from model.physics.hidden_sector.sampling_coordinates import RidgeCorrection, SamplingCoordinates
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from workflow.inference.posterior.contracts import Model

OMEGA_H2 = 0.11  # of the closed form
# Nodes are dense where the ridge bends: about the pole; where the pole leaves the thermal energies of freeze-out, at
# r = 1.05 to 1.9, which moves with the coupling and the mass; and where X X -> U U opens, at r = 0.5 to 0.9. No node is
# on the pole: U is narrower there than the last bit of its mass, which then decides on the abundance.
LOG_G = np.linspace(np.log(1e-3), np.log(3.5), 19)
STRETCHED_RATIO = np.concatenate(
    [
        np.arange(-14.0, -12.0, 0.1),
        [-12.0, -11.0, -10.0],
        [-8.0, -6.0, -4.0, -3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0],
        np.arange(3.0, 11.0),
        [10.5, 11.0, 11.25],
        np.arange(11.5, 13.0, 0.125),
        np.arange(13.0, 14.4, 0.075),
        [14.5, 14.75, 15.0, 16.0, 17.0],
    ]
)
STRETCHED_M_DM = np.concatenate([[0.05], np.arange(0.2, 1.05, 0.12), np.arange(1.2, 2.9, 0.2)])
BATCH = 1024
ROUNDS, CLOSE = 6, 0.01  # corrections of a node at most, and the distance from the ridge at which it is left as it is
FAR = 0.5  # distance of a node that has no ridge: X X -> U U alone leaves less than the observed abundance
LARGEST_STEP = 2.0  # of one correction
SLOPES = (-1.5, -0.3)  # of ln(Omega)/2 in ln of the coupling: -1 where nothing saturates
DECIMALS = 3  # of the table: rounding makes nearly every node the same on machines whose last bits differ


def tabulate(model: Model, others: Mapping[str, float], surroundings: Surroundings) -> RidgeCorrection:
    """Solve for the ridge at every node.

    Parameters
    ----------
    model : Model
        With sampling coordinates (ln g, stretched ratio, stretched m_dm, ln coupling over ridge).
    others : mapping of str to float
        Values of all other parameters, on which the abundance does not depend or hardly.
    surroundings : Surroundings
        With the cosmology of the run.

    Returns
    -------
    RidgeCorrection
        A node that the model does not reach, or where no coupling gives the observed abundance, has the value of the
        nearest one that has a ridge.
    """
    grid = np.meshgrid(LOG_G, STRETCHED_RATIO, STRETCHED_M_DM, indexing="ij")
    shape, nodes = grid[0].shape, np.column_stack([axis.ravel() for axis in grid])
    parts = [
        _solved(model, others, surroundings, nodes[start : start + BATCH]) for start in range(0, len(nodes), BATCH)
    ]
    values = _filled(np.concatenate(parts).reshape(shape))
    return RidgeCorrection(LOG_G, STRETCHED_RATIO, STRETCHED_M_DM, np.round(values, DECIMALS))


def _solved(model: Model, others: Mapping[str, float], surroundings: Surroundings, nodes: Array) -> Array:
    """The correction at n nodes (n, 3), (n,); NaN where there is no ridge."""
    coordinates = cast(SamplingCoordinates, model.sampling_coordinates)
    value, slope = np.zeros(len(nodes)), np.full(len(nodes), -1.0)
    before = np.full(len(nodes), np.nan)
    step, reached = np.zeros(len(nodes)), np.zeros(len(nodes), dtype=bool)  # reached: on the ridge, or nearly
    rows = np.arange(len(nodes))
    for _ in range(ROUNDS):
        theta = np.column_stack([nodes[rows], value[rows]])
        offset = _offset(model, others, surroundings, coordinates.inverse(theta).values)
        rows, offset = rows[np.isfinite(offset)], offset[np.isfinite(offset)]
        reached[rows] = np.abs(offset) < FAR
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (offset - before[rows]) / step[rows]
        slope[rows] = np.where(np.isfinite(found), np.clip(found, *SLOPES), slope[rows])
        step[rows], before[rows] = np.clip(-offset / slope[rows], -LARGEST_STEP, LARGEST_STEP), offset
        value[rows] += step[rows]
        rows = rows[np.abs(offset) > CLOSE]
        if not len(rows):
            break
    return np.where(reached, value, np.nan)


def _offset(
    model: Model, others: Mapping[str, float], surroundings: Surroundings, replaced: Mapping[str, Array]
) -> Array:
    """Half the logarithm of the abundance over the observed one at n points, (n,); NaN where there is none."""
    n = len(next(iter(replaced.values())))
    values = {name: np.full(n, value) for name, value in others.items()} | dict(replaced)
    prediction = cast(Prediction, model.predict(values, surroundings))
    offset = np.full(n, np.nan)
    if prediction.valid.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            abundance = prediction.select(prediction.valid).omega_h2 / OMEGA_H2
            offset[prediction.valid] = 0.5 * np.log(abundance)
    return offset


def _filled(values: Array) -> Array:
    """The table with the nearest known node in place of every unknown one."""
    from scipy import ndimage

    unknown = np.isnan(values)
    if unknown.all():
        return np.zeros_like(values)
    nearest = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    filled: Array = values[tuple(nearest)]
    return filled
