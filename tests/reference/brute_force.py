"""Brute-force importance sampling of the default posterior, independent of the sampler and of its pilots.

Points are drawn over the whole region that the 511 keV flux leaves open, in the model's coordinates: ln g over its
prior, r = m_U/2m_dm from 1/2 to 4.4 (70 % uniform in r, 30 % uniform in the stretched coordinate, so that the needle at
the resonance is covered), m_dm from m_e to 1.5 GeV, ln of the mixing over the relic ridge in a wide and narrow window,
and nuisances from their priors. The relic abundance is solved only where the cheap likelihoods leave a chance.
"""

import numpy as np

from model.physics.hidden_sector.sampling_coordinates import RESONANCE_WIDTH, stretch_ratio

NUISANCES = ("gamma", "rho_sun_gev_cm3", "f_ps")
CHEAP = ("flux_511kev", "electron_g2", "kinetic_mixing")
LARGEST_COST = 18.0  # ln L below which a point cannot matter: e^-18 of the maximum
WIDE, NARROW, NARROW_SHARE = (-2.6, 2.9), (-0.4, 0.45), 0.85
RATIO, RATIO_SHARE = (0.5, 4.4), 0.7
LN_G = (np.log(1e-3), np.log(3.5))
STRETCHED_MASS = (0.0, np.sqrt(np.log(1500.0 / 0.511)))


def weighted_draws(posterior, draws, rng, batch=200_000):
    """Sampling coordinates (n, 7), ln weights (n,) and ln of the evidence, of `draws` proposals."""
    kept_u, kept_w, done = [], [], 0
    while done < draws:
        u, log_q = _propose(posterior, batch, rng)
        point = posterior.to_physical(u)
        usable = np.isfinite(point.log_prior)
        prediction = posterior.model.predict({k: v[usable] for k, v in point.values.items()}, posterior.surroundings)
        log_w = (point.log_prior - log_q)[usable][prediction.valid]
        u = u[usable][prediction.valid]
        prediction = prediction.select(prediction.valid)
        cheap = sum(posterior.likelihoods[name].log_likelihood(prediction) for name in CHEAP)
        near = cheap > -LARGEST_COST
        relic = posterior.likelihoods["relic_abundance"].log_likelihood(prediction.select(near))
        kept_u.append(u[near])
        kept_w.append(log_w[near] + cheap[near] + relic)
        done += batch
    log_w = np.concatenate(kept_w)
    return np.concatenate(kept_u), log_w, float(np.logaddexp.reduce(log_w) - np.log(done))


def _propose(posterior, n, rng):
    """n proposals and their log-density in the coordinates."""
    stretched = stretch_ratio(np.array(RATIO))
    in_ratio = rng.uniform(size=n) < RATIO_SHARE
    ratio = np.where(in_ratio, stretch_ratio(rng.uniform(*RATIO, size=n)), rng.uniform(*stretched, size=n))
    narrow = rng.uniform(size=n) < NARROW_SHARE
    offset = np.where(narrow, rng.uniform(*NARROW, size=n), rng.uniform(*WIDE, size=n))
    columns = [rng.uniform(*LN_G, size=n), ratio, rng.uniform(*STRETCHED_MASS, size=n), offset]
    per_ratio = RATIO_SHARE * RESONANCE_WIDTH * np.cosh(ratio) / np.ptp(RATIO)
    log_q = np.log(per_ratio + (1.0 - RATIO_SHARE) / np.ptp(stretched))
    inside = (offset >= NARROW[0]) & (offset <= NARROW[1])
    log_q += np.log((1.0 - NARROW_SHARE) / np.ptp(WIDE) + NARROW_SHARE * inside / np.ptp(NARROW))
    log_q -= np.log(np.ptp(LN_G) * np.ptp(STRETCHED_MASS))
    for name in NUISANCES:
        prior = posterior.priors[name]
        columns.append(prior.quantile(rng.uniform(size=n)))
        log_q += prior.log_density(columns[-1])
    return np.column_stack(columns), log_q
