"""A parked robot reaches all along the arm that is to be dressed."""

import json
import sys

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.placement import choose_base, tool_orientation
from valet_core.geometry.limb import Limb
from valet_core.simulation.person import Person, PersonConfig
from valet_core.simulation.robot import RobotArm

DT = 0.008
SPEED = 0.15  # of the tool along the path [m/s]
CLEAR = 0.115  # of the path from the arm's axis [m]


def random_person(rng: np.random.Generator) -> Person:
    """Anyone, with the arm held in any way that is dressed."""
    return Person(
        PersonConfig(
            side=('right', 'left')[rng.integers(2)],
            stature_m=rng.uniform(1.5, 1.9),
            shoulder_elevation_deg=rng.uniform(-70, 10),
            shoulder_azimuth_deg=rng.uniform(-10, 45),
            elbow_flexion_deg=rng.uniform(0, 110),
            elbow_roll_deg=rng.uniform(-45, 45),
        )
    )


def tool_path(arm: Limb, outward: np.ndarray) -> np.ndarray:
    """From beyond the fingertip over the arm, around the elbow's outside, to the shoulder."""
    shoulder, elbow, wrist, tip = arm.joints
    fore, upper = arm.direction_at(0.0), arm.direction_at(arm.length)
    above_fore, above_upper = _above(fore, outward), _above(upper, outward)
    return np.stack(
        [
            tip - 0.15 * fore + CLEAR * above_fore,
            tip + CLEAR * above_fore,
            wrist + CLEAR * above_fore + 0.3 * CLEAR * outward,
            elbow - 0.05 * fore + 1.2 * CLEAR * outward,
            elbow + 0.13 * fore + CLEAR * outward,
            elbow + 0.06 * fore + 0.10 * upper + CLEAR * outward,
            shoulder - 0.02 * upper + 0.9 * CLEAR * above_upper + 0.3 * CLEAR * outward,
        ]
    )


def _above(along: np.ndarray, outward: np.ndarray) -> np.ndarray:
    across = np.array([0.0, 0.0, 1.0]) - along * along[2]
    if np.linalg.norm(across) < 0.3:
        across = across + outward - along * (along @ outward)
    return across / np.linalg.norm(across)


def followed_share(person: Person, rng: np.random.Generator) -> float:
    """Share of the path on which the tool keeps within 5 mm of a point moving along it."""
    side = person.config.side
    robot = RobotArm(choose_base(person.arm.joints, side, rng))
    corners = tool_path(person.arm, person.outward)
    R_world_base = robot.T_world_base[:3, :3]
    start = np.eye(4)
    start[:3, :3] = tool_orientation(person.arm.joints, side)
    start[:3, 3] = corners[0]
    if not robot.reset(np.linalg.inv(robot.T_world_base) @ start):
        return 0.0
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    stations = np.arange(0.0, arc[-1], SPEED * DT)
    targets = np.stack([np.interp(stations, arc, corners[:, i]) for i in range(3)], axis=1)
    near = 0
    for target, ahead in zip(targets, [*targets[1:], targets[-1]], strict=True):
        offset = target - robot.T_world_tool[:3, 3]
        near += bool(np.linalg.norm(offset) < 0.005)
        velocity = (ahead - target) / DT + 5.0 * offset
        robot.step(np.concatenate([R_world_base.T @ velocity, np.zeros(3)]), DT)
    return near / len(targets)


def test_tool_follows_the_path_along_random_arms() -> None:
    rng = np.random.default_rng(7)
    shares = [followed_share(random_person(rng), rng) for _ in range(12)]
    assert np.mean(shares) >= 0.95


@pytest.mark.parametrize('side', ['right', 'left'])
def test_robot_stands_on_the_outer_side(side: str) -> None:
    person = Person(PersonConfig(side=side))
    rng = np.random.default_rng(0)
    for _ in range(50):
        offset = choose_base(person.arm.joints, side, rng)[:3, 3] - person.arm.joints[1]
        assert offset @ person.outward > 0.4


def test_base_pose_varies_and_follows_the_seed() -> None:
    person = Person(PersonConfig())
    bases = [choose_base(person.arm.joints, 'right', np.random.default_rng(s)) for s in (1, 1, 2)]
    np.testing.assert_array_equal(bases[0], bases[1])
    assert np.abs(bases[0] - bases[2]).max() > 0.005


@pytest.mark.parametrize(('side', 'inward'), [('right', 1.0), ('left', -1.0)])
def test_tool_points_down_and_towards_the_midline(side: str, inward: float) -> None:
    R = tool_orientation(np.zeros((4, 3)), side)
    np.testing.assert_allclose(R.T @ R, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1.0)
    np.testing.assert_allclose(R[:, 2], [0.0, inward / np.sqrt(2), -1 / np.sqrt(2)], atol=1e-12)


def test_unknown_side_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="'middle' is not one of"):
        tool_orientation(np.zeros((4, 3)), 'middle')


def main(count: int) -> None:
    """Measure over many people: `python test/core/test_sim_placement.py 200`."""
    rng = np.random.default_rng(0)
    shares = np.array([followed_share(random_person(rng), rng) for _ in range(count)])
    result = {'people': count, 'followed': shares.mean(), 'complete': np.mean(shares > 0.99)}
    print(json.dumps({k: round(float(v), 4) for k, v in result.items()}))


if __name__ == '__main__':
    main(int(sys.argv[1]))
