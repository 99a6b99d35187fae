"""Observation from the simulator's state: privileged, for speed in training and upper bounds."""

import numpy as np

from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.perception.labels import Label
from valet_core.perception.thinning import MAX_POINTS

__all__ = ['StateObserver']

_ARM_POINTS = 120


class StateObserver:
    """The true arm, its axis and the cloth's vertices, in the base frame."""

    def __call__(self, world: DressingWorld) -> dict[str, np.ndarray]:
        """Observe.

        Returns:
            'time' [s]; 'joints' (4, 3) and 'confidence' (4,) of the arm; 'cloud' (MAX_POINTS, 3)
            float32 with 'labels' (MAX_POINTS,) uint8, padded by points at the origin that are
            labelled OTHER; 'T_base_tool' (4, 4); 'wrench' (6,) in the tool frame.
        """
        T = world.T_base_world
        limb = world.person.arm
        arm = limb.points_at(np.linspace(0, limb.length, _ARM_POINTS))
        cloth = world.scene.vertices
        points = np.concatenate([arm, cloth]) @ T[:3, :3].T + T[:3, 3]
        cloud = np.zeros((MAX_POINTS, 3), dtype=np.float32)
        labels = np.full(MAX_POINTS, Label.OTHER, dtype=np.uint8)
        count = min(len(points), MAX_POINTS)
        cloud[:count] = points[:count]
        labels[:_ARM_POINTS] = Label.ARM
        labels[_ARM_POINTS:count] = Label.GARMENT
        return {
            'time': np.array(world.time),
            'joints': world.arm_joints,
            'confidence': np.ones(4),
            'cloud': cloud,
            'labels': labels,
            'T_base_tool': world.robot.T_base_tool,
            'wrench': world.wrench,
        }
