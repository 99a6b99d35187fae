"""A seated person: one arm as capsules, torso and head as obstacles."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.geometry.capsules import segment_distance
from valet_core.geometry.limb import Limb

__all__ = ['SIDES', 'Capsule', 'Person', 'PersonConfig']

SIDES = ('right', 'left')

# Lengths as shares of stature, from anthropometric tables (Drillis and Contini).
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.108
SHOULDER_HALF_BREADTH = 0.118
SEAT_HEIGHT, SHOULDER_ABOVE_SEAT, SITTING_HEIGHT = 0.25, 0.345, 0.52


@dataclass(frozen=True)
class PersonConfig:
    """Who sits there and how the arm is held."""

    side: str = setting('right', 'arm to dress', choices=SIDES)
    stature_m: float = setting(1.7, 'standing height', 'm', 1.5, 1.9)
    shoulder_elevation_deg: float = setting(
        -30.0, 'upper arm above (+) or below (-) the horizontal', 'deg', -85.0, 60.0
    )
    shoulder_azimuth_deg: float = setting(
        0.0, "upper arm's heading: 0 forward, + outward to its own side", 'deg', -45.0, 100.0
    )
    elbow_flexion_deg: float = setting(30.0, '0 is a straight arm', 'deg', 0.0, 130.0)
    elbow_roll_deg: float = setting(
        0.0,
        '0: the elbow bends upward in the vertical plane through the upper arm, + outward',
        'deg',
        -90.0,
        90.0,
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Capsule(NamedTuple):
    """A capsule fixed in the world frame."""

    name: str
    start: np.ndarray
    """Centre of one end [m]. Shape (3,)."""
    end: np.ndarray
    """Centre of the other end [m]. Shape (3,)."""
    radius: float
    """[m]."""
    part: str
    """'arm', 'torso', 'head' or 'leg'."""


class Person:
    """The person in the world frame: z up, x forward, y left, below the shoulders' midpoint."""

    def __init__(self, config: PersonConfig) -> None:
        """Place shoulder, elbow, wrist and fingertip from the joint angles."""
        self.config = config
        h = config.stature_m
        out = self.outward
        elevation, azimuth, flexion, roll = np.deg2rad(
            [
                config.shoulder_elevation_deg,
                config.shoulder_azimuth_deg,
                config.elbow_flexion_deg,
                config.elbow_roll_deg,
            ]
        )
        z = np.array([0.0, 0.0, 1.0])
        heading = np.array([np.cos(azimuth), 0.0, 0.0]) + np.sin(azimuth) * out
        upper = np.cos(elevation) * heading + np.sin(elevation) * z
        bend_up = -np.sin(elevation) * heading + np.cos(elevation) * z
        # Outward lateral of the arm's vertical plane: the heading turned by 90 degrees outward.
        bend_out = np.array([-np.sin(azimuth), 0.0, 0.0]) + np.cos(azimuth) * out
        bend = np.cos(roll) * bend_up + np.sin(roll) * bend_out
        fore = np.cos(flexion) * upper + np.sin(flexion) * bend

        shoulder = SHOULDER_HALF_BREADTH * h * out
        shoulder = shoulder + (SEAT_HEIGHT + SHOULDER_ABOVE_SEAT) * h * z
        elbow = shoulder + UPPER_ARM * h * upper
        wrist = elbow + FOREARM * h * fore
        fingertip = wrist + HAND * h * fore
        scale = h / 1.7
        radii = np.array([0.045, 0.037, 0.033]) * scale
        self.arm = Limb(np.stack([shoulder, elbow, wrist, fingertip]), radii)
        self.capsules = tuple(self._arm_capsules() + self._body_capsules())

    @property
    def outward(self) -> np.ndarray:
        """Unit vector from the body's midline to the arm's side. Shape (3,)."""
        return np.array([0.0, -1.0 if self.config.side == 'right' else 1.0, 0.0])

    @property
    def trunk(self) -> np.ndarray:
        """Points inside of the body from the shoulders to below the floor [m]. Shape (3, 3)."""
        chest = self.config.stature_m * (SEAT_HEIGHT + SHOULDER_ABOVE_SEAT) - 0.15
        return np.array([[-0.02, 0.0, chest], [-0.02, 0.0, 0.45], [-0.02, 0.0, -5.0]])

    def hand_clearance(self) -> float:
        """Smallest gap between forearm or hand and torso, head or legs [m]."""
        limbs = [c for c in self.capsules if c.name in ('forearm', 'hand')]
        body = [c for c in self.capsules if c.part != 'arm']
        pairs = [(a, b) for a in limbs for b in body]
        ends = [
            np.stack([getattr(p[i], e) for p in pairs]) for i in (0, 1) for e in ('start', 'end')
        ]
        radii = np.array([a.radius + b.radius for a, b in pairs])
        return float((segment_distance(*ends) - radii).min())

    def _arm_capsules(self) -> list[Capsule]:
        shoulder, elbow, wrist, fingertip = self.arm.joints
        upper, fore, hand = self.arm.radii
        along = (fingertip - wrist) / np.linalg.norm(fingertip - wrist)
        return [
            Capsule('upper_arm', shoulder, elbow, float(upper), 'arm'),
            Capsule('forearm', elbow, wrist, float(fore), 'arm'),
            Capsule('hand', wrist, fingertip - hand * along, float(hand), 'arm'),
            # A joint wider than its neighbours, as elbows are.
            Capsule('elbow', elbow, elbow + 1e-3 * along, float(upper) * 1.02, 'arm'),
        ]

    def _body_capsules(self) -> list[Capsule]:
        h = self.config.stature_m
        scale = h / 1.7
        seat, top = SEAT_HEIGHT * h, (SEAT_HEIGHT + SHOULDER_ABOVE_SEAT) * h
        head = np.array([0.0, 0.0, (SEAT_HEIGHT + SITTING_HEIGHT) * h - 0.12 * scale])
        # Shoulders are rounded: the torso's top edge lies below the shoulder joints.
        chest = top - 0.115 * scale
        half = SHOULDER_HALF_BREADTH * h - 0.165 * scale
        rows = []
        for name, y in (('torso_right', -half), ('torso_left', half)):
            low, high = np.array([-0.02, y, seat + 0.13 * scale]), np.array([-0.02, y, chest])
            rows.append(Capsule(name, low, high, 0.12 * scale, 'torso'))
        neck = np.array([-0.01, 0.0, top])
        rows.append(Capsule('neck', neck, head, 0.05 * scale, 'torso'))
        rows.append(Capsule('head', head, head + [0.0, 0.0, 0.02], 0.095 * scale, 'head'))
        for name, side in (('collarbone_near', 1.0), ('collarbone_far', -1.0)):
            # Without them an opening could slip off over the shoulder.
            joint = self.arm.joints[0] * [1.0, side, 1.0]
            inner = joint - 0.035 * h * side * self.outward - [0.01, 0.0, 0.01]
            middle = np.array([-0.01, 0.0, joint[2] - 0.01])
            rows.append(Capsule(name, inner, middle, 0.055 * scale, 'torso'))
        for name, y in (('thigh_right', -0.09), ('thigh_left', 0.09)):
            hip = np.array([0.02, y * scale, seat + 0.07 * scale])
            knee = hip + np.array([0.245 * h, 0.0, 0.0])
            foot = np.array([knee[0], knee[1], 0.06])
            rows.append(Capsule(name, hip, knee, 0.075 * scale, 'leg'))
            rows.append(Capsule(name.replace('thigh', 'shank'), knee, foot, 0.05 * scale, 'leg'))
        return rows
