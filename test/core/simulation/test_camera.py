"""The simulated camera: geometry against hand-made values, noise against its description."""

import json
import sys

import numpy as np
import pytest
from places import CONFIG

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.garments import GARMENT_KINDS, garment
from valet_core.dressing.sim.placement import choose_base
from valet_core.perception.labels import Label
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.self_filter import SelfFilter
from valet_core.simulation import ur_kinematics
from valet_core.simulation.appearance import Appearance
from valet_core.simulation.camera import CameraConfig, CameraSensor, choose_camera, look_at
from valet_core.simulation.person import Person, PersonConfig
from valet_core.simulation.render_scene import ROBOT_LABEL, RenderScene
from valet_core.simulation.sensor_noise import (
    SensorNoiseConfig,
    noisy_colour,
    noisy_depth,
    stereo_shadow,
)

Q = np.array([0.3, -1.5, 1.6, -1.4, -1.4, 0.4])
PERFECT = SensorNoiseConfig(
    depth_noise=0.0,
    baseline=0.0,
    edge_dropout=0.0,
    grazing_dropout=0.0,
    speckle=0.0,
    colour_noise=0.0,
    exposure=0.0,
    white_balance=0.0,
)
TRIANGLES = np.array([[0, 1, 2], [1, 3, 2]])
SHEET = np.array([[0.5, -0.1, 0.9], [0.7, -0.1, 0.9], [0.5, 0.1, 0.9], [0.7, 0.1, 0.9]])


@pytest.fixture(scope='module')
def person() -> Person:
    return Person(PersonConfig())


@pytest.fixture(scope='module')
def scene(person: Person):
    rng = np.random.default_rng(1)
    T_world_base = choose_base(person.arm.joints, 'right', rng)
    scene = RenderScene(person, TRIANGLES, SHEET, T_world_base, Appearance.random(rng))
    scene.update(Q, SHEET)
    yield scene
    scene.close()


def project(points: np.ndarray, sensor: CameraSensor) -> np.ndarray:
    """Pixels of points in the world frame. Shape (n, 2)."""
    T = np.linalg.inv(sensor.T_world_camera)
    rays = (points @ T[:3, :3].T + T[:3, 3]) @ sensor.config.K.T
    return rays[:, :2] / rays[:, 2:]


def from_above(scene: RenderScene, height: float) -> CameraSensor:
    target = SHEET.mean(axis=0)
    eye = target + [0.0, 1e-4, height]
    return CameraSensor(scene, look_at(eye, target), CameraConfig(noise=PERFECT))


def test_depth_of_the_cloth_is_its_distance_along_z(scene: RenderScene) -> None:
    frame = from_above(scene, 1.0).capture(np.random.default_rng(0))
    centre = frame.depth_mm[110:130, 150:170]
    np.testing.assert_allclose(centre, 997.0, atol=1.0)  # the cloth is 3 mm thick


def test_an_image_seen_again_from_the_same_place_is_that_of_another_scene_seen_first(
    person: Person,
) -> None:
    rng = np.random.default_rng(1)
    T_world_base = choose_base(person.arm.joints, 'right', rng)
    T_world_camera = choose_camera(person.arm.joints, 'right', rng)
    look = Appearance.random(rng)
    view = T_world_camera, 0.75, 160, 120

    def make_scene() -> RenderScene:
        return RenderScene(person, TRIANGLES, SHEET, T_world_base, look)

    kept = make_scene()
    kept.render(*view)
    for i in range(3):
        moved = Q + 0.2 * i, SHEET + [-0.1 * i, 0.0, 0.05 * i]
        fresh = make_scene()
        images = []
        for scene in (kept, fresh):
            scene.update(*moved)
            images.append(scene.render(*view))
        np.testing.assert_array_equal(images[0][0], images[1][0])
        np.testing.assert_array_equal(images[0][1], images[1][1])
        fresh.close()
    kept.close()


def test_edges_of_the_cloth_appear_where_the_intrinsics_put_them(scene: RenderScene) -> None:
    sensor = from_above(scene, 1.0)
    rows, columns = np.nonzero(sensor.segmentation() == Label.GARMENT)
    corners = project(SHEET, sensor)
    tolerance = 1.0 + sensor.config.focal * 0.004  # a pixel, and the cloth's round edge
    np.testing.assert_allclose([columns.min(), rows.min()], corners.min(axis=0), atol=tolerance)
    np.testing.assert_allclose([columns.max(), rows.max()], corners.max(axis=0), atol=tolerance)


def test_points_of_the_image_lie_on_the_arm(scene: RenderScene, person: Person) -> None:
    rng = np.random.default_rng(0)
    T_world_camera = choose_camera(person.arm.joints, 'right', rng)
    sensor = CameraSensor(scene, T_world_camera, CameraConfig(noise=PERFECT))
    frame = sensor.capture(rng)
    rows, columns = np.nonzero(sensor.segmentation() == Label.ARM)
    assert len(rows) > 500
    z = frame.depth_mm[rows, columns] * 1e-3
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=1)
    camera = pixels @ np.linalg.inv(frame.K).T * z[:, None]
    T = scene.T_world_base @ frame.T_base_camera
    arc, distance = person.arm.project(camera @ T[:3, :3].T + T[:3, 3])
    off = distance - person.arm.radii[::-1][np.digitize(arc, person.arm.cumulative[1:3])]
    assert np.abs(np.median(off)) < 0.003
    assert np.percentile(np.abs(off), 95) < 0.012


def test_robot_filter_takes_the_robot_out_and_leaves_the_arm(
    scene: RenderScene, person: Person
) -> None:

    rng = np.random.default_rng(3)
    sensor = CameraSensor(scene, choose_camera(person.arm.joints, 'right', rng))
    frame, truth = sensor.capture(rng), sensor.segmentation()
    rows, columns = np.nonzero(frame.depth_mm)
    z = frame.depth_mm[rows, columns] * 1e-3
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=1)
    camera = pixels @ np.linalg.inv(frame.K).T * z[:, None]
    base = camera @ frame.T_base_camera[:3, :3].T + frame.T_base_camera[:3, 3]
    shape = RobotShape.load(CONFIG / 'robot_ur5e.yaml')
    poses = ur_kinematics.forward(Q)
    poses['flange'] = poses['wrist_3_link']
    own = SelfFilter(shape, padding=0.03).mask(base, poses)
    truth = truth[rows, columns]
    assert own[truth == ROBOT_LABEL].mean() > 0.97
    assert own[truth == Label.ARM].mean() < 0.01


def test_new_vertices_move_the_cloth(scene: RenderScene) -> None:
    sensor = from_above(scene, 1.2)
    scene.update(Q, SHEET + [0.0, 0.0, 0.2])
    frame = sensor.capture(np.random.default_rng(0))
    scene.update(Q, SHEET)
    np.testing.assert_allclose(frame.depth_mm[110:130, 150:170], 997.0, atol=1.0)


def test_wrong_number_of_vertices_is_refused(scene: RenderScene) -> None:
    with pytest.raises(InvalidInputError, match=r'expected shape \(4, 3\), got \(5, 3\)'):
        scene.update(Q, np.zeros((5, 3)))


def test_same_seed_gives_the_same_image(scene: RenderScene) -> None:
    sensor = CameraSensor(scene, look_at(np.array([1.5, 0.8, 1.6]), np.array([0.3, -0.2, 1.0])))
    first, second = (sensor.capture(np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.rgb, second.rgb)
    np.testing.assert_array_equal(first.depth_mm, second.depth_mm)


def test_optical_frame_looks_along_z_with_x_level() -> None:
    T = look_at(np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(T[:3, 2], [-1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(T[:3, 0], [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(T[:3, 1], [0.0, 0.0, -1.0], atol=1e-12)


def test_intrinsics_by_hand() -> None:
    config = CameraConfig(width=320, height=240, fovy_deg=90.0)
    np.testing.assert_allclose(config.K, [[120, 0, 159.5], [0, 120, 119.5], [0, 0, 1]])


@pytest.mark.parametrize('side', ['right', 'left'])
def test_all_joints_are_in_view(side: str) -> None:
    rng, config = np.random.default_rng(2), CameraConfig()
    for _ in range(100):
        person = any_person(rng, side)
        T = np.linalg.inv(choose_camera(person.arm.joints, side, rng))
        rays = (person.arm.joints @ T[:3, :3].T + T[:3, 3]) @ config.K.T
        pixels = rays[:, :2] / rays[:, 2:]
        assert (rays[:, 2] > 0.3).all()
        assert (pixels > 4).all()
        assert (pixels < [config.width - 5, config.height - 5]).all()


def test_depth_noise_grows_with_the_square_of_depth() -> None:
    rng = np.random.default_rng(0)
    config = SensorNoiseConfig(depth_noise=0.005, speckle=0.0)
    for z in (1.0, 2.0):
        measured = noisy_depth(np.full((240, 320), z, np.float32), 300.0, config, rng)
        valid = measured[measured > 0] * 1e-3
        assert np.std(valid) == pytest.approx(0.005 * z * z, rel=0.1)
        assert np.mean(valid) == pytest.approx(z, abs=1e-3)


def test_perfect_depth_is_rounded_to_millimetres_and_cut_at_its_range() -> None:
    depth = np.array([[0.1, 1.2344, 1.2346, 9.0, np.inf]], np.float32)
    measured = noisy_depth(depth, 300.0, PERFECT, np.random.default_rng(0))
    assert measured.tolist() == [[0, 1234, 1235, 0, 0]]


def test_stereo_shadow_by_hand() -> None:
    depth = np.full((1, 20), 2.0, np.float32)
    depth[0, 10:15] = 1.0
    # Disparities are 10 and 5 at focal 100 and baseline 0.1: the strip at columns 10-14 appears
    # at 0-4, where columns 5-9 of the wall would; the first of them only just.
    hidden = stereo_shadow(depth, 100.0, 0.1)
    assert np.flatnonzero(hidden[0]).tolist() == [6, 7, 8, 9]


def test_edges_and_spots_drop_out() -> None:
    depth = np.full((100, 100), 1.5, np.float32)
    depth[:, 50:] = 1.0
    config = SensorNoiseConfig(baseline=0.0, edge_dropout=0.5, speckle=0.01)
    lost = noisy_depth(depth, 300.0, config, np.random.default_rng(0)) == 0
    assert 0.3 < lost[:, 48:52].mean() < 0.7
    assert 0.003 < lost[:, 60:].mean() < 0.03


def test_colour_keeps_its_mean_and_gets_noise() -> None:
    grey = np.full((100, 100, 3), 128, np.uint8)
    config = SensorNoiseConfig(exposure=0.0, white_balance=0.0, colour_noise=3.0)
    noisy = noisy_colour(grey, config, np.random.default_rng(0))
    assert np.mean(noisy) == pytest.approx(128.0, abs=0.5)
    assert np.std(noisy) == pytest.approx(3.0, rel=0.1)


def test_appearances_differ_and_follow_the_seed() -> None:
    looks = [Appearance.random(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert looks[0] == looks[1]
    assert looks[0].garment != looks[2].garment


def any_person(rng: np.random.Generator, side: str) -> Person:
    return Person(
        PersonConfig(
            side=side,
            stature_m=rng.uniform(1.5, 1.9),
            shoulder_elevation_deg=rng.uniform(-70, 10),
            shoulder_azimuth_deg=rng.uniform(-10, 45),
            elbow_flexion_deg=rng.uniform(0, 110),
            elbow_roll_deg=rng.uniform(-45, 45),
        )
    )


def visible_share(seed: int) -> float:
    """Share of the arm's axis that shows as arm before dressing starts."""
    from valet_core.dressing.sim.cells import DressingCell
    from valet_core.dressing.sim.dressing_view import DressingView, Pose, Staging
    from valet_core.dressing.sim.dressing_world import DressingWorld

    rng = np.random.default_rng(seed)
    person = any_person(rng, ('right', 'left')[seed % 2])
    wear = garment(GARMENT_KINDS[rng.integers(len(GARMENT_KINDS))])
    world = DressingWorld(DressingCell(person.config, wear, seed))
    view = DressingView(Staging.of(world))
    truth = view.segmentation(Pose.of(world))
    arm = world.person.arm
    axis = np.stack([arm.point_at(s) for s in np.linspace(0.02, arm.length - 0.04, 40)])
    columns, rows = np.rint(project(axis, view.sensor)).astype(int).T
    view.close()
    return float(np.mean(truth[rows, columns] == Label.ARM))


def main(count: int) -> None:
    """Measure over many scenes: `python test/core/test_sim_camera.py 40`."""
    shares = np.array([visible_share(seed) for seed in range(count)])
    result = {
        'scenes': count,
        'visible_mean': shares.mean(),
        'visible_p10': np.percentile(shares, 10),
        'nearly_all_visible': np.mean(shares > 0.9),
    }
    print(json.dumps({k: round(float(v), 3) for k, v in result.items()}))


if __name__ == '__main__':
    main(int(sys.argv[1]))
