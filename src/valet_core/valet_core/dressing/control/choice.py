"""Which path to take: the one that keeps the robot off the person and within its reach."""

import functools
import itertools
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from valet_core.dressing.control.foresight import TOOL_OFFSET, Foresight, Outlook
from valet_core.dressing.control.path import plan_path
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.person_around import person_around
from valet_core.dressing.control.waypoints import outward_of
from valet_core.geometry.limb import Limb
from valet_core.perception.robot_shape import RobotShape
from valet_core.simulation import ur_kinematics
from valet_core.simulation.ur_motion import Branch, branch_of, preferred

__all__ = [
    'Choice', 'Variant', 'choose_path', 'cost_of', 'posture_at', 'robot_foresight', 'variants',
]  # fmt: skip

MARGIN = 0.015  # beyond the kept distance from the person, below which a path costs more [m]
FIRM = 0.12  # sine of an angle from a singularity, below which a path costs more
STUCK = 0.03  # the same, below which the robot is taken to stand still
END = 0.02  # from the end of a joint's turn, where it stands as well [rad]
REACHED = 0.001  # how exactly a pose has to be reached [m]
TURNS, OUTSIDE, LEANS = (0.0, 0.5, 1.0), (1.0, 0.8, 0.6, 0.4, 0.0), (1.0, 0.5)
BATCH = 6  # variants that are looked at together


class Variant(NamedTuple):
    """One shape of the path."""

    config: PathConfig
    prior: float
    """What it costs where nothing stands against it: how ill the sleeve follows."""


class Choice(NamedTuple):
    """The path that was chosen."""

    config: PathConfig
    cost: float
    """0 is a path of the first shape, with nothing against it."""


@functools.cache
def variants(base: PathConfig) -> tuple[Variant, ...]:
    """Shapes near a given one, by their prior."""
    made = []
    for turn, outside, lean in itertools.product(TURNS, OUTSIDE, LEANS):
        config = replace(
            base,
            turn=min(1.0, base.turn + turn),
            outside=base.outside * outside,
            lean_deg=base.lean_deg * lean,
            reach=5.0,
        )
        prior = 0.1 * turn + 1.2 * (1 - outside) ** 2 + 0.2 * (1 - lean)
        made.append(Variant(config, prior))
    return tuple(sorted(made, key=lambda v: v.prior))


def choose_path(
    limb: Limb, T_base_tool: np.ndarray, base: PathConfig, foresight: Foresight
) -> Choice | None:
    """The cheapest of the shapes near a given one.

    Args:
        limb: the perceived arm.
        T_base_tool: pose of the tool at the start. Shape (4, 4).
        base: the shape that is wished for.
        foresight: what paths do.

    Returns:
        None where the robot's posture cannot be told.
    """
    branch = posture_at(T_base_tool)
    if branch is None:
        return None
    person = person_around(limb, -outward_of(T_base_tool))
    best, options = Choice(base, np.inf), variants(base)
    for i in range(0, len(options), BATCH):
        batch = options[i : i + BATCH]
        if best.cost <= batch[0].prior:
            break  # none that follows can be cheaper
        paths = [plan_path(limb, T_base_tool, v.config) for v in batch]
        looks = foresight.look(paths, T_base_tool[:3, :3], branch, person)
        costs = [v.prior + cost_of(look) for v, look in zip(batch, looks, strict=True)]
        k = int(np.argmin(costs))
        if costs[k] < best.cost:
            best = Choice(batch[k].config, costs[k])
    return best


def cost_of(look: Outlook) -> float:
    """What stands against a path: 0 for nothing, 10 for one that ends where it begins."""
    bad = (look.gap < 0.0) | (look.short > REACHED) | (look.firm < STUCK) | (look.room < END)
    undone = 1.0 - look.arc[int(bad.argmax())] / look.arc[-1] if bad.any() else 0.0
    near = max(0.0, 1.0 - float(look.gap.min()) / MARGIN)
    weak = max(0.0, 1.0 - float(look.firm.min()) / FIRM)
    return float(10.0 * undone + 0.6 * min(near, 2.0) ** 2 + 0.3 * weak)


def posture_at(T_base_tool: np.ndarray) -> Branch | None:
    """The posture of a robot that starts with its tool there; None if it cannot reach that."""
    T = T_base_tool.copy()
    T[:3, 3] -= TOOL_OFFSET * T[:3, 2]
    solutions = ur_kinematics.inverse(T)
    return branch_of(preferred(solutions)) if len(solutions) else None


@functools.cache
def robot_foresight(name: str) -> Foresight:
    """That of a robot by its name in config/."""
    return Foresight(RobotShape.named(name))
