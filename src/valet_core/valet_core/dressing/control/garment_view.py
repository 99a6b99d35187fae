"""How the garment that is seen lies about the arm: for the failure monitor, not for the path."""

import numpy as np

from valet_core.dressing.control.observation import DressingObservation
from valet_core.geometry.limb import Limb
from valet_core.geometry.limb_phase import advance_along
from valet_core.perception.labels import Label

__all__ = ['GARMENT_VIEW_SIZE', 'garment_view']

GARMENT_VIEW_SIZE = 8
NEAR = 0.12  # from the arm's axis, within which cloth may be worn [m]
RIM = 0.10  # of arm behind the tool, where the opening should be [m]


def garment_view(limb: Limb, observation: DressingObservation) -> np.ndarray:
    """A summary of the garment's points, as they are perceived.

    Args:
        limb: the perceived arm.
        observation: with the labelled cloud.

    Returns:
        Of shape (8,): how far the tool is along the arm [m]; the 10th, 50th and 90th percentile
        of how far the cloth is along it, less that [m]; the share of points within `NEAR` of the
        axis; how one-sided these lie about it, 0 all around to 1 on one side; the same of those
        at the opening, and their mean distance [m]. Without points: as if all lay at the tool,
        on one side.
    """
    advance = advance_along(limb, observation.T_base_tool[:3, 3])
    cloth = observation.cloud[observation.labels == Label.GARMENT].astype(float)
    if not len(cloth):
        return np.array([advance, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, NEAR])
    arc, distance = limb.project(cloth)
    along = np.percentile(arc, (10.0, 50.0, 90.0)) - advance
    near = distance < NEAR
    at_rim = near & (np.abs(arc - advance + 0.5 * RIM) < 0.5 * RIM)
    away = (cloth - limb.points_at(arc)) / np.maximum(distance, 1e-6)[:, None]
    gap = float(distance[at_rim].mean()) if at_rim.any() else NEAR
    return np.array(
        [advance, *along, near.mean(), _one_sided(away[near]), _one_sided(away[at_rim]), gap]
    )


def _one_sided(directions: np.ndarray) -> float:
    """Length of the mean of unit vectors (n, 3); 1 without any."""
    return float(np.linalg.norm(directions.mean(axis=0))) if len(directions) else 1.0
