"""Ways out of tight places: they are free, they lead on, and dead ends are remembered."""

import math

import numpy as np
import pytest

from valet_core.common.assets import find_model
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.control.learned_controller import LearnedController
from valet_core.mobility.control.maneuver_search import ManeuverSearch
from valet_core.mobility.control.networks import GENERALIST
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.control.recovery import Recovery
from valet_core.mobility.evaluation.drive import drive
from valet_core.mobility.map.local_map import LocalMap
from valet_core.mobility.map.seen_area import SeenArea
from valet_core.mobility.map.wavefront import Pricing, cost_field, way_from
from valet_core.mobility.sim.world import World

HARD = 0.03  # m


def wall(*corners, spacing=0.03):
    """Points along a line of corners."""
    parts = []
    for start, end in zip(np.array(corners[:-1]), np.array(corners[1:]), strict=True):
        count = math.ceil(np.linalg.norm(end - start) / spacing)
        parts.append(start + np.linspace(0.0, 1.0, count + 1)[:, None] * (end - start))
    return np.concatenate(parts).astype(float)


class Place:
    """A body at the origin among walls, all of it seen, with a goal."""

    def __init__(self, name, points, goal):
        self.body = find_embodiment(name)
        self.points = points
        self.map, self.seen = LocalMap(self.body), SeenArea(self.body)
        self.map.add_points(points)
        self.seen.grid[:] = 1
        pricing = Pricing(half_width=self.body.half_width)
        self.field = cost_field(self.map, np.zeros(2), np.array(goal), pricing)
        self.search = ManeuverSearch(self.body)

    def find(self):
        return self.search.find(np.zeros(3), self.map, self.seen, self.field, HARD)

    def drive(self, legs):
        """Poses along the legs, every 0.02 m or rad, (P, 3)."""
        pose, poses = np.zeros(3), []
        for leg in legs:
            speed = math.hypot(*leg.command[:2]) or abs(leg.command[2])
            for _ in range(round(leg.length / 0.02)):
                integrate(pose, *leg.command, 0.02 / speed)
                poses.append(pose.copy())
        return np.array(poses)

    def room(self, pose):
        """Distance of the outline's rectangle from the walls; 0 inside [m]."""
        c, s = math.cos(pose[2]), math.sin(pose[2])
        local = (self.points - pose[:2]) @ np.array([[c, -s], [s, c]])
        low, high = self.body.polygon.min(axis=0), self.body.polygon.max(axis=0)
        return np.linalg.norm(np.maximum(np.maximum(low - local, local - high), 0), axis=1).min()


POCKET = wall((-0.8, 0.45), (0.5, 0.45), (0.5, -0.45), (-0.8, -0.45))


@pytest.mark.parametrize('name', ['jackal', 'omni', 'go1'])
def test_out_of_a_pocket_it_backs_and_ends_where_the_way_is_shorter(name):
    place = Place(name, POCKET, (4.0, 0.0))
    maneuver = place.find()
    assert maneuver.found
    poses = place.drive(maneuver.legs)
    assert poses[:, 0].min() < -0.5  # round the open end
    assert way_from(place.field, poses[-1]) < way_from(place.field, np.zeros(3)) - 0.9
    assert poses[-1, :2] == pytest.approx(maneuver.end, abs=0.15)
    assert min(place.room(pose) for pose in poses) > 0.0


def test_a_truck_shunts_round_a_corner():
    # A corridor of 2.6 m along x, and its branch downward through an opening of 2 m.
    points = np.concatenate([
        wall((-4.0, 1.3), (4.0, 1.3)), wall((-4.0, -1.3), (-0.6, -1.3), (-0.6, -5.0)),
        wall((4.0, -1.3), (1.4, -1.3), (1.4, -5.0)),
    ])  # fmt: skip
    place = Place('forklift', points, (0.4, -4.5))
    maneuver = place.find()
    assert maneuver.found
    poses = place.drive(maneuver.legs)
    assert min(place.room(pose) for pose in poses) > 0.0
    turning = [abs(leg.command[2] / leg.command[0]) for leg in maneuver.legs]
    assert max(turning) <= 1.0 / place.body.turning_radius + 1e-6


def test_hemmed_in_there_is_no_maneuver():
    box = wall((0.5, 0.4), (0.5, -0.4), (-0.5, -0.4), (-0.5, 0.4), (0.5, 0.4))
    assert not Place('jackal', box, (4.0, 0.0)).find().found


def test_it_does_not_back_over_ground_that_was_never_seen():
    place = Place('jackal', POCKET, (4.0, 0.0))
    axis = place.seen.origin[0] + 0.05 * np.arange(len(place.seen.grid))
    place.seen.grid[axis < -0.3] = 0
    maneuver = place.find()
    assert maneuver.found
    assert all(leg.command[0] >= 0.0 for leg in maneuver.legs)


def test_recovery_waits_for_its_patience_and_less_where_the_policy_wavers():
    def until_active(action):
        recovery = Recovery(find_embodiment('jackal'), 0.1, 3.0)
        for k in range(60):
            recovery.watch(5.0, np.array(action))
            if recovery.active:
                return 0.1 * k
        return math.inf

    assert until_active([0.8, 0.0, 0.0]) == pytest.approx(3.1, abs=0.11)
    assert until_active([0.05, 0.0, 0.02]) == pytest.approx(1.1, abs=0.11)


def test_progress_keeps_it_away():
    recovery = Recovery(find_embodiment('jackal'), 0.1, 3.0)
    for k in range(200):
        recovery.watch(50.0 - 0.1 * k, np.array([0.8, 0.0, 0.0]))
    assert not recovery.active


def test_without_a_maneuver_the_dead_end_is_ahead_on_the_way():
    # The gap is wide enough for a disc of the body's half width less the plan's slack, not more.
    gap = 0.30
    points = np.concatenate([wall((0.5, -6.0), (0.5, -gap / 2)), wall((0.5, gap / 2), (0.5, 6.0))])
    place = Place('jackal', points, (3.0, 0.0))
    recovery = Recovery(place.body, 0.1, 0.2)
    for _ in range(4):
        recovery.watch(5.0, np.array([0.8, 0.0, 0.0]))
    command = recovery.command(np.zeros(3), 0.0, place.map, place.seen, place.field, HARD)
    assert command is None and not recovery.active
    dead_end = recovery.take_dead_end()
    assert 0.2 < dead_end[0] < 1.2 and abs(dead_end[1]) < 0.3
    assert recovery.take_dead_end() is None
    pricing = Pricing(half_width=place.body.half_width)
    closed = cost_field(place.map, np.zeros(2), np.array([3.0, 0.0]), pricing, [dead_end])
    assert way_from(closed, np.zeros(3)) > way_from(place.field, np.zeros(3)) + 5.0


def test_a_truck_turns_its_wheels_before_it_moves():
    points = wall((-4.0, 1.3), (4.0, 1.3))
    place = Place('forklift', points, (0.0, -4.0))
    recovery = Recovery(place.body, 0.05, 0.1)
    for _ in range(4):
        recovery.watch(5.0, np.array([0.8, 0.0, 0.0]))
    command = recovery.command(np.zeros(3), 0.0, place.map, place.seen, place.field, HARD)
    assert abs(command[0]) == pytest.approx(0.01) and command[2] != 0.0
    angle = math.atan(place.body.steering.wheelbase * command[2] / command[0])
    command = recovery.command(np.zeros(3), angle, place.map, place.seen, place.field, HARD)
    assert abs(command[0]) > 0.2


def dead_end_world():
    """A goal behind a wall that is open far to the left, beyond the first planning window."""
    walls = [[3.0, -4.0, 3.0, 9.0], [-2.0, -4.0, 3.0, -4.0], [-2.0, -4.0, -2.0, 10.5],
             [-2.0, 10.5, 6.0, 10.5], [6.0, 10.5, 6.0, -4.0], [3.0, -4.0, 6.0, -4.0]]  # fmt: skip
    return World('dead end', np.zeros((0, 3)), np.array(walls), np.zeros((1, 3)),
                 np.array([[4.5, 0.0, np.nan]]))  # fmt: skip


def test_a_drive_finds_the_way_round_beyond_its_first_window():
    controller = LearnedController(find_embodiment('jackal_real'), 0.05, find_model(GENERALIST))
    result = drive(controller, dead_end_world(), seed=1)
    assert result.success


def test_rehearsal_runs_within_a_drive():
    body = find_embodiment('carter')
    controller = LearnedController(body, 0.1, find_model(GENERALIST))
    controller.reset(DriveGoal(np.array([[3.0, 0.0]])))
    scan = np.full(body.sensor.rays, body.sensor.range_max, dtype=np.float32)
    controller.act(MobilityObservation(0.0, scan, np.zeros(3), np.zeros(3),
                                       np.array([3.0, 0.0, np.nan])))  # fmt: skip
    controller.rehearse()
    assert not controller.guard.recovery.active


def test_ground_ahead_need_not_be_seen_before_but_ground_behind_must():
    pocket = wall((1.0, -0.6), (1.0, 0.6))
    place = Place('g1', np.concatenate([pocket, wall((-1, -0.6), (1, -0.6))]), (-3.0, 0.0))
    place.seen.grid[:] = 0
    place.seen.update(np.full(180, 0.9, np.float32), np.zeros(3))
    found = place.find()
    assert found.found
    # It cannot see behind itself: it turns round first, and drives forward out of the pocket.
    assert all(leg.command[0] >= 0.0 for leg in found.legs)
    turned = sum(abs(leg.command[2]) * leg.length / max(np.hypot(*leg.command[:2]), 1e-9)
                 if np.hypot(*leg.command[:2]) else leg.length for leg in found.legs)  # fmt: skip
    assert turned > 1.5
