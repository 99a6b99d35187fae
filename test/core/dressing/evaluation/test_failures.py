"""Dressings that are made to fail: what is done to them, and that it is the same each time."""

import dataclasses

import numpy as np
import pytest
from core.dressing.test_cloth_scene import make, move

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.garment_view import GARMENT_VIEW_SIZE, garment_view
from valet_core.dressing.evaluation.failures import STUDY, cell_of, run_trial, trouble_of
from valet_core.dressing.evaluation.trouble import Trouble, Troubler
from valet_core.dressing.sim.cloth_scene import ClothConfig
from valet_core.dressing.sim.regions import region_of
from valet_core.geometry.limb import Limb
from valet_core.monitor.studies.study import Trial
from valet_core.perception.labels import Label

CATCHABLE = ClothConfig(settle_s=0.1, catchable=True)


def raw(time=1.0):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.array([Label.GARMENT, Label.ARM], np.uint8), 100)
    return {
        'time': np.array(time), 'joints': rng.normal(size=(4, 3)), 'confidence': np.ones(4),
        'cloud': rng.normal(size=(200, 3)).astype(np.float32), 'labels': labels,
        'T_base_tool': np.eye(4), 'wrench': np.zeros(6),
    }  # fmt: skip


def test_nothing_is_changed_by_default_or_before_the_onset():
    for trouble in (Trouble(), Trouble(onset=2.0, shift=0.1, hidden=0.1, delay=1.0)):
        troubler, seen = Troubler(trouble), raw()
        assert troubler.sense(seen) is seen
        np.testing.assert_array_equal(troubler.command(1.0, np.ones(6)), np.ones(6))


def test_a_camera_that_was_knocked_moves_all_that_is_seen_as_one():
    before, seen = raw(), Troubler(Trouble(shift=0.1, turn=5.0, seed=3)).sense(raw())
    apart = np.linalg.norm(before['joints'][:, None] - before['cloud'][None], axis=2)
    moved = np.linalg.norm(seen['joints'][:, None] - seen['cloud'][None], axis=2)
    np.testing.assert_allclose(moved, apart, atol=1e-5)
    only = Troubler(Trouble(shift=0.1, seed=3)).sense(raw())
    np.testing.assert_allclose(
        np.linalg.norm(only['joints'] - before['joints'], axis=1), np.full(4, 0.1)
    )
    for key in ('T_base_tool', 'wrench'):  # what the camera does not see
        np.testing.assert_array_equal(seen[key], before[key])


def test_what_is_hidden_is_wrist_and_fingertip():
    seen = Troubler(Trouble(hidden=0.15)).sense(raw())
    off = np.linalg.norm(seen['joints'] - raw()['joints'], axis=1)
    assert off == pytest.approx([0.0, 0.0, 0.15, 0.15])


def test_points_that_are_lost_are_no_points_of_the_garment():
    seen = Troubler(Trouble(dropouts=0.8)).sense(raw())
    lost = seen['labels'] == Label.OTHER
    assert 0.7 < lost.mean() < 0.9 and not seen['cloud'][lost].any()
    np.testing.assert_array_equal(seen['joints'], raw()['joints'])


def test_late_commands_are_those_of_some_time_ago():
    troubler = Troubler(Trouble(delay=0.2))
    passed = [troubler.command(0.1 * k, np.full(6, float(k)))[0] for k in range(5)]
    assert passed == [0.0, 0.0, 0.0, 1.0, 2.0]


def test_cloth_that_is_caught_pulls_the_more_the_further_the_tool_goes():
    free, caught = make(CATCHABLE, gap=0.05), make(CATCHABLE, gap=0.05)
    for scene in (free, caught):
        move(scene, [-0.15, 0, 0], 120)
    caught.catch()
    forces = []
    for _ in range(2):
        for scene in (free, caught):
            move(scene, [-0.15, 0, 0], 120)
        forces.append([float(np.linalg.norm(scene.tool_force[:3])) for scene in (free, caught)])
    assert all(held > 10.0 * loose for loose, held in forces)
    assert forces[1][1] > 1.5 * forces[0][1]


def test_a_lost_grip_leaves_no_force_and_the_garment_behind():
    scene = make(CATCHABLE, gap=0.05)
    scene.release()
    move(scene, [0.3, 0, 0], 120)
    assert float(np.linalg.norm(scene.tool_force)) < 0.01
    grip = scene.vertices[scene.mesh.grip].mean(axis=0)
    assert np.linalg.norm(grip - scene.data.mocap_pos[0]) > 0.2


def test_only_a_scene_that_was_made_for_it_catches():
    with pytest.raises(InvalidInputError, match='catchable'):
        make().catch()
    plain, catchable = make(), make(CATCHABLE)
    for scene in (plain, catchable):
        move(scene, [-0.15, 0, 0], 60)
    np.testing.assert_array_equal(plain.vertices, catchable.vertices)


def test_each_condition_does_what_it_is_named_for():
    usual_cell, usual = cell_of(Trial(STUDY.conditions[0], 0, 17)), Trouble()
    changed = {
        'shifted': ['shift', 'turn'], 'blocked': ['hidden'], 'dropouts': ['dropouts', 'jitter'],
        'delay': ['delay'], 'caught': ['catch_at'], 'lost': ['lose_at'],
    }  # fmt: skip
    for condition in STUDY.conditions:
        trial = Trial(condition, 0, 17)
        made, cell = trouble_of(trial), cell_of(trial)
        names = [f.name for f in dataclasses.fields(made) if f.name not in ('onset', 'seed')]
        different = [n for n in names if getattr(made, n) != getattr(usual, n)]
        assert different == changed.get(condition.name, [])
        own = condition.name in ('tight', 'limp', 'sticky', 'pose')
        assert (cell != usual_cell) == own
    tight, pose = (cell_of(Trial(STUDY.condition(n), 0, 17)) for n in ('tight', 'pose'))
    assert tight.garment.opening_m <= 0.8 * usual_cell.garment.opening_m
    assert region_of(usual_cell.person) is not None and region_of(pose.person) is None


def test_another_attempt_is_another_cell():
    trial = Trial(STUDY.conditions[0], 0, 17)
    assert cell_of(trial) == cell_of(trial) != cell_of(trial, 1)


ARM = Limb(np.array([[0.75, 0.0, 0.0], [0.45, 0.0, 0.0], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0]]))


def view_of(points, advance=0.4):
    """What is seen of cloth at points, with the tool so far along the arm, above it."""
    T = np.eye(4)
    T[:3, 3] = [advance, 0.0, 0.05]
    labels = np.full(len(points), Label.GARMENT, np.uint8)
    seen = {**raw(), 'cloud': np.asarray(points, np.float32), 'labels': labels, 'T_base_tool': T}
    from valet_core.dressing.control.observation import as_observation

    return garment_view(ARM, as_observation(seen))


def ring(at, centre=(0.0, 0.0), radius=0.07):
    angle = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    y, z = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    return np.stack([np.full(24, at), y, z], axis=1)


def test_a_sleeve_about_the_arm_is_told_from_one_beside_it():
    about = view_of(np.concatenate([ring(a) for a in (0.1, 0.2, 0.3, 0.35)]))
    beside = view_of(np.concatenate([ring(a, (0.0, -0.08), 0.03) for a in (0.1, 0.2, 0.3, 0.35)]))
    assert len(about) == GARMENT_VIEW_SIZE and about[0] == pytest.approx(0.4)
    assert about[5] < 0.01 and about[6] < 0.01 and beside[5] > 0.8 and beside[6] > 0.8
    assert about[7] == pytest.approx(0.07, abs=1e-6)
    behind = view_of(ring(0.1))
    assert behind[1:4] == pytest.approx([-0.3] * 3) and behind[6] == 1.0


def test_without_cloth_the_view_is_finite():
    assert np.isfinite(view_of(np.zeros((0, 3)))).all()


def test_a_trial_is_a_recording_and_the_same_again():
    trial = Trial(STUDY.condition('caught'), 1, 1771669539)
    episode, again = run_trial(trial), run_trial(trial)
    assert (episode.episode_id, episode.group) == (trial.name, 'out caught')
    assert episode.ended >= episode.stamps[-1] and episode.force.shape == (len(episode),)
    assert episode.force.max() > 1.0
    np.testing.assert_array_equal(episode.embedding, again.embedding)
