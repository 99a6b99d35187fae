"""Made-up episodes: of scores, and of a policy whose failures drift away."""

import numpy as np

from valet_core.monitor.roles import BandEpisodes, CalibrationEpisodes
from valet_core.monitor.series import ScoredEpisode, ScoreSeries
from valet_core.monitor.trace import EpisodeTrace

DIMENSIONS, HORIZON, ACTIONS, DRAWN, PERIOD = 12, 6, 3, 8, 1 / 30


def scored(rows, success=True, name='s'):
    """An episode for each row of scores."""
    return [
        ScoredEpisode(f'{success}{i}', success, {name: np.asarray(row, float)})
        for i, row in enumerate(rows)
    ]


def series(rows):
    return [ScoreSeries(str(i), True, np.asarray(row, float)) for i, row in enumerate(rows)]


def calibration(rows):
    return CalibrationEpisodes(tuple(series(rows)))


def band(rows):
    return BandEpisodes(tuple(series(rows)))


def trace(seed, success=True, steps=20, draw=True, name=None, policy='toy', size=DIMENSIONS):
    """A policy that looks at a slow random walk; in a failure it walks away from step 5 on."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(0).normal(size=(4, size))
    away = np.zeros(steps) if success else 0.5 * np.maximum(np.arange(steps) - 5, 0)
    state = random.normal(size=(steps, 4)).cumsum(axis=0) * 0.2 + away[:, None]
    embedding = np.tanh(0.5 * state @ mix) + 0.02 * random.normal(size=(steps, size))
    actions = np.repeat(0.05 * state[:, None, :ACTIONS], HORIZON, axis=1)
    spread = (0.002 + 0.01 * away)[:, None, None, None]
    samples = actions[:, None] + spread * random.normal(size=(steps, DRAWN, HORIZON, ACTIONS))
    return EpisodeTrace(
        name or f'e{seed}', policy, success, PERIOD, np.arange(steps) / 15,
        embedding.astype(np.float32), actions.astype(np.float32),
        samples.astype(np.float32) if draw else None,
    )  # fmt: skip
