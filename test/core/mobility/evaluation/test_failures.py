"""Drives that are made to fail: what is done to them, and that it is the same each time."""

import dataclasses

import numpy as np
import pytest
from core.mobility.sim.test_planar_sim import QUIET, load, world

from valet_core.mobility.evaluation.disturbance import Disturbance, Disturber
from valet_core.mobility.evaluation.failures import STUDY, disturbance_of, people_of, run_trial
from valet_core.mobility.sim.planar_sim import PlanarSim
from valet_core.mobility.sim.scenes import generate
from valet_core.monitor.studies.study import Trial, plan_trials

BODY = load('carter')  # a ray a degree, from -180 to 180
SENSOR = BODY.sensor


def scans():
    """A scan whose ranges tell the rays apart."""
    sim = PlanarSim(BODY, [world()], 1, QUIET)
    sensed = sim.reset()
    return sensed._replace(scan=np.linspace(1.0, 5.0, SENSOR.rays, dtype=np.float32)[None])


def test_nothing_is_changed_by_default_or_before_the_onset():
    sensed, command = scans(), np.array([1.0, 0.0, 0.5])
    late = Disturbance(onset=2.0, blind_width=90.0, turned=20.0, delay=1.0, dropouts=0.5)
    for what, time in ((Disturbance(), 100.0), (late, 1.9)):
        disturber = Disturber(what, SENSOR)
        np.testing.assert_array_equal(disturber.sense(time, sensed).scan, sensed.scan)
        np.testing.assert_array_equal(disturber.command(time, command), command)


@pytest.mark.parametrize('middle', [0.0, 60.0, 180.0])
def test_a_blind_sector_has_no_returns_and_the_rest_is_as_it_was(middle):
    sensed = scans()
    seen = Disturber(Disturbance(blind_at=middle, blind_width=90.0), SENSOR).sense(0.0, sensed)
    turn = np.radians(np.degrees(SENSOR.angles) - middle)
    apart = np.degrees(np.arccos(np.clip(np.cos(turn), -1.0, 1.0)))
    blind = apart < 44.9
    assert (seen.scan[0, blind] == SENSOR.range_max).all() and 85 <= blind.sum() <= 91
    np.testing.assert_array_equal(seen.scan[0, apart > 45.1], sensed.scan[0, apart > 45.1])


def test_a_scanner_that_was_knocked_sees_all_turned():
    sensed = scans()
    seen = Disturber(Disturbance(turned=30.0), SENSOR).sense(0.0, sensed)
    shift = round(np.radians(30.0) / SENSOR.increment)
    np.testing.assert_array_equal(seen.scan[0, shift:], sensed.scan[0, :-shift])


def test_rays_drop_out_anew_at_each_scan_as_the_seed_says():
    sensed = scans()
    what = Disturbance(dropouts=0.5, seed=4)
    first, again = Disturber(what, SENSOR), Disturber(what, SENSOR)
    a, b = (first.sense(t, sensed).scan[0] == SENSOR.range_max for t in (0.0, 0.1))
    assert 0.4 < a.mean() < 0.6 and (a != b).any()
    np.testing.assert_array_equal(again.sense(0.0, sensed).scan[0] == SENSOR.range_max, a)


def test_late_commands_are_those_of_some_time_ago():
    disturber = Disturber(Disturbance(delay=0.2), SENSOR)
    passed = [disturber.command(0.1 * k, np.full(3, float(k)))[0] for k in range(6)]
    assert passed == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]


def test_wheels_that_slip_move_the_body_less_and_odometry_does_not_know():
    sims = []
    for grip in (1.0, 0.25):
        sim = PlanarSim(BODY, [world()], 1, QUIET)
        sim.reset()
        disturber = Disturber(Disturbance(grip=grip, turning_grip=grip), SENSOR)
        for step in range(30):
            disturber.act(0.1 * step, sim)
            sensed, _ = sim.step(np.array([[0.5, 0.0, 0.0]]))
        sims.append((sim.pose[0, 0], sensed.odom[0, 0], sensed.velocity[0, 0]))
    (way, odom, speed), (slipped, believed, felt) = sims
    assert slipped == pytest.approx(0.25 * way)
    assert (believed, felt) == pytest.approx((odom, speed))


def test_a_slip_is_over_with_the_drive():
    sim = PlanarSim(BODY, [world()], 1, QUIET)
    sim.reset()
    sim.slip(np.full(3, 0.5))
    sim.reset()
    for _ in range(30):
        sensed, _ = sim.step(np.array([[0.5, 0.0, 0.0]]))
    assert sim.pose[0, 0] == pytest.approx(sensed.odom[0, 0])


def test_each_condition_does_what_it_is_named_for_and_the_usual_one_nothing():
    usual = Disturbance()
    changed = {
        'slip': ('grip', 'turning_grip'), 'blind': ('blind_at', 'blind_width'),
        'turned': ('turned',), 'dropouts': ('dropouts',), 'delay': ('delay',),
    }  # fmt: skip
    for condition in STUDY.conditions:
        made = disturbance_of(Trial(condition, 0, 17))
        expected = changed.get(condition.name, ())
        names = [f.name for f in dataclasses.fields(made) if f.name not in ('onset', 'seed')]
        different = [n for n in names if getattr(made, n) != getattr(usual, n)]
        assert sorted(different) == sorted(expected)


def test_a_crowd_is_three_times_as_many_people():
    ward = generate('ward', 5, BODY)
    crowd = people_of(Trial(STUDY.condition('crowd'), 0, 17), ward)
    assert len(crowd.walks) == 3 * len(ward.walks) > 0
    assert people_of(Trial(STUDY.condition('usual'), 0, 17), ward) is ward


def test_a_trial_is_a_recording_and_the_same_again():
    trial = plan_trials(STUDY, 4, 5)[1]
    assert trial.condition.name == 'slip'
    episode, again = run_trial(trial), run_trial(trial)
    assert (episode.episode_id, episode.group) == (trial.name, 'out slip')
    assert len(episode) > 1 and episode.ended >= episode.stamps[-1]
    np.testing.assert_array_equal(episode.embedding, again.embedding)
