"""The cloth scene: forces with the right sign, snapshots, and the garment as held out."""

import numpy as np
import pytest

from valet_core.dressing.sim.cloth_scene import ClothConfig, ClothScene, grip_pose, hold_out
from valet_core.dressing.sim.garments import garment
from valet_core.simulation.person import Person, PersonConfig

FAST = ClothConfig(settle_s=0.1)


def make(config=FAST, kind='t_shirt', gap=0.15):
    person = Person(PersonConfig(shoulder_elevation_deg=0.0, elbow_flexion_deg=0.0))
    wear = garment(kind, hang_m=0.0, hang_kg=0.0)
    mesh = hold_out(person, wear, gap, np.zeros(3))
    return ClothScene(person, wear, mesh, np.eye(3), config)


def move(scene, velocity, steps):
    start = scene.data.mocap_pos[0].copy()
    for i in range(1, steps + 1):
        scene.set_tool(start + np.array(velocity) * i * scene.config.timestep_s, [1, 0, 0, 0])
        scene.step()


def test_the_opening_is_held_out_before_the_fingertip():
    scene = make()
    rim = scene.mesh.vertices[scene.mesh.rim]
    # A level straight arm forward: the opening is further forward and the grip on top of it.
    tip = scene.person.arm.joints[3]
    np.testing.assert_allclose(rim.mean(axis=0), tip + [0.15, 0, 0], atol=1e-9)
    assert grip_pose(scene.mesh)[2] > rim.mean(axis=0)[2] + 0.05
    assert scene.rim_arc() is None


def test_at_rest_the_tool_bears_the_weight_of_the_garment():
    scene = make(ClothConfig(settle_s=3.0))
    weight = 9.81 * scene.model.body_mass[scene.model.flex_vertbodyid].sum()
    assert scene.tool_force[2] == pytest.approx(-weight, rel=0.05)
    np.testing.assert_allclose(scene.tool_force[:2], 0.0, atol=0.1 * weight)


def test_the_garments_weights_are_those_of_its_configuration():
    person = Person(PersonConfig())
    wear = garment('jacket')
    scene = ClothScene(person, wear, hold_out(person, wear, 0.1, np.zeros(3)), np.eye(3), FAST)
    masses = scene.model.body_mass[scene.model.flex_vertbodyid]
    assert masses[scene.mesh.panel].sum() == pytest.approx(wear.hang_kg)
    sleeve = wear.density_kg_m2 * wear.length_m * (wear.opening_m + wear.cuff_m) / 2
    assert masses.sum() - masses[scene.mesh.panel].sum() == pytest.approx(sleeve)


def test_pulling_the_sleeve_over_the_arm_moves_the_opening_along_it():
    scene = make(gap=0.05)
    move(scene, [-0.15, 0, 0], 240)  # 0.3 m towards the shoulder
    assert scene.rim_arc() == pytest.approx(0.25, abs=0.06)
    assert not scene.pierced()
    assert scene.arm_force() > 0.0
    # The cloth drags the tool back, away from the shoulder.
    assert scene.tool_force[0] > 0.0


def test_a_snapshot_replays_bit_for_bit():
    scene = make(gap=0.05)
    move(scene, [-0.15, 0, 0], 60)
    at = scene.snapshot()
    tool = scene.data.mocap_pos[0].copy()
    move(scene, [-0.15, 0, 0], 60)
    vertices, force = scene.vertices.copy(), scene.tool_force
    move(scene, [0.0, 0.1, 0.1], 30)
    scene.restore(at)
    np.testing.assert_array_equal(scene.data.mocap_pos[0], tool)
    move(scene, [-0.15, 0, 0], 60)
    np.testing.assert_array_equal(scene.vertices, vertices)
    np.testing.assert_array_equal(scene.tool_force, force)


def test_two_scenes_of_the_same_cell_are_equal():
    first, second = make(), make()
    move(first, [-0.15, 0, 0], 20)
    move(second, [-0.15, 0, 0], 20)
    np.testing.assert_array_equal(first.vertices, second.vertices)


def test_a_scene_that_diverges_says_so():
    scene = make()
    assert not scene.unstable()
    scene.data.qpos[0] = np.nan
    assert scene.unstable()
