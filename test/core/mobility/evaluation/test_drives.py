"""Evaluations: what they report, their intervals, and that seeds decide."""


import numpy as np
import pytest
from places import DATA, EMBODIMENTS

from valet_core.common.errors import InvalidInputError
from valet_core.common.statistics import count_entry, summary_entry
from valet_core.geometry.rays import scan, tables
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.evaluation.drives import evaluate_barn, evaluate_mobility
from valet_core.mobility.evaluation.speed import reference_scan
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world_files import load_barn
from valet_core.tools.drive_results import check_output

WORLDS = load_barn(DATA / 'barn_like_worlds.jsonl')
JACKAL = Embodiment.load(EMBODIMENTS / 'jackal.yaml')


def test_barn_reports_summary_and_runs():
    result = evaluate_barn('planner', WORLDS[:2], JACKAL, trials=2, seed=1, processes=1)
    assert len(result['runs']) == 4
    for name in ('score', 'success', 'collision', 'timeout', 'time_s'):
        low, high = result['summary'][name]['ci95']
        assert low <= result['summary'][name]['mean'] <= high
    assert result['summary']['step_p99_ms'] > 0.0
    assert result['summary']['score']['mean'] == np.mean([r['score'] for r in result['runs']])


def test_trials_differ_and_the_same_seed_repeats_them():
    first, second = (
        evaluate_barn('planner', WORLDS[:1], JACKAL, 2, seed=4, processes=1)['runs']
        for _ in range(2)
    )
    assert [r['time'] for r in first] == [r['time'] for r in second]
    assert first[0]['time'] != first[1]['time']


def test_no_trials_are_refused():
    with pytest.raises(InvalidInputError, match='trials: received 0'):
        evaluate_barn('planner', WORLDS, JACKAL, trials=0)


def test_mobility_reports_weighted_travel_time():
    result = evaluate_mobility('planner', JACKAL, 'ward', episodes=2, processes=1)
    summary = result['summary']
    expected = summary['time_s']['mean'] / summary['success']['mean']
    assert summary['wtt_s'] == pytest.approx(expected)


def test_wilson_interval_of_a_textbook_case():
    result = count_entry(8, 10)
    assert result['mean'] == 0.8
    np.testing.assert_allclose(result['ci95'], [0.4902, 0.9433], atol=1e-4)
    assert count_entry(10, 10)['ci95'][0] == pytest.approx(0.7225, abs=1e-4)


def test_bootstrap_interval_widens_when_runs_share_worlds():
    values = np.repeat(np.linspace(0, 1, 10), 10)
    together = summary_entry(values, np.repeat(np.arange(10), 10))['ci95']
    apart = summary_entry(values, np.arange(100))['ci95']
    assert together[1] - together[0] > 2.0 * (apart[1] - apart[0])


def test_fast_scan_equals_the_reference_of_the_benchmark():
    body = Embodiment.load(EMBODIMENTS / 'carter.yaml')
    for scene in ('barn', 'office'):
        world = generate(scene, 1, body)
        # Off the lattice of the cylinders: a ray that grazes two of them has no exact answer.
        sensor, pose = body.sensor, world.starts[0] + (0.013, 0.007, 0.011)
        angles = sensor.angle_min + sensor.increment * np.arange(sensor.rays)
        ranges = np.empty(sensor.rays)
        scan(ranges, *tables(angles), sensor.angle_min, sensor.increment, pose,
             sensor.range_max, world.circles, world.segments)  # fmt: skip
        expected = reference_scan(pose, angles, world.circles, world.segments, sensor.range_max)
        np.testing.assert_allclose(ranges, expected, atol=1e-6)


def test_a_folder_for_the_results_is_refused_before_the_work(tmp_path):
    with pytest.raises(InvalidInputError, match='--json: received folder'):
        check_output(tmp_path)
    check_output(tmp_path / 'results.json')
    check_output(None)
