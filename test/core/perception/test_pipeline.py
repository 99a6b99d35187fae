import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from valet_core.common.assets import find_model
from valet_core.common.errors import (
    ConfigError,
    InvalidInputError,
    PerceptionError,
    StaleInputError,
)
from valet_core.perception import arm_inference as inference_module
from valet_core.perception import arm_support as support_module
from valet_core.perception import capsule_marks as marks_module
from valet_core.perception import frame as frame_module
from valet_core.perception import pipeline as pipeline_module
from valet_core.perception import voxels as voxels_module
from valet_core.perception.arm_inference import ArmNetwork
from valet_core.perception.frame import RgbdFrame
from valet_core.perception.labels import Label
from valet_core.perception.pipeline import Perceiver, PerceptionConfig
from valet_core.perception.robot_shape import RobotShape

K = np.array([[305.0, 0.0, 159.5], [0.0, 305.0, 119.5], [0.0, 0.0, 1.0]])

# Camera at (0.5, 0, 0.3) that looks along base -x, level.
T_BASE_CAMERA = np.array(
    [[0.0, 0.0, -1.0, 0.5], [1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.3], [0.0, 0.0, 0.0, 1.0]]
)


@pytest.fixture(scope='module')
def shape():
    return RobotShape.named('ur5e')


@pytest.fixture(scope='module')
def shared(shape):
    return Perceiver(PerceptionConfig(), shape, find_model('arm_perception'))


@pytest.fixture
def perceiver(shared):
    shared.reset()
    return shared


@pytest.fixture
def links(shape):
    """The robot folded away far behind the camera."""
    away = np.eye(4)
    away[:3, 3] = [5.0, 0.0, 0.0]
    return {name: away for name in shape.links if name != shape.base_frame}


def frame(stamp=0.0, seed=0, depth=1000.0):
    """A wall square to the camera, with a sensor's noise."""
    rng = np.random.default_rng(seed)
    noisy = np.rint(depth + 3 * rng.standard_normal((240, 320))).astype(np.uint16)
    rgb = rng.integers(0, 255, (240, 320, 3)).astype(np.uint8)
    return RgbdFrame(stamp, rgb, noisy, K, T_BASE_CAMERA)


def test_cloud_lies_where_the_wall_is(perceiver, links):
    percept = perceiver.process(frame(), links)
    # 1 m before a camera at x = 0.5 that looks along -x.
    assert abs(np.median(percept.points[:, 0]) + 0.5) < 0.005
    assert percept.points.dtype == np.float32 and percept.labels.dtype == np.uint8
    assert len(percept.points) == len(percept.labels)
    assert set(percept.labels) <= {int(label) for label in Label}


def test_points_out_of_the_workspace_are_dropped(perceiver, links):
    percept = perceiver.process(frame(), links)
    config = perceiver.config
    assert (percept.points >= np.array(config.workspace_low) - 1e-6).all()
    assert (percept.points <= np.array(config.workspace_high) + 1e-6).all()
    # The wall at 2 m is at x = -1.5, behind the workspace.
    assert not len(perceiver.process(frame(1.0, 1, 2000.0), links).points)


def test_the_robots_own_points_are_dropped(perceiver, links):
    there = dict(links)
    place = np.eye(4)
    place[:3, 3] = [-0.3, 0.1, 0.3]
    # The link lies along -x of its frame, 1 cm above its origin: it goes through the wall here.
    there['forearm_link'] = place
    through = np.array([-0.5, 0.1, 0.31])
    counts = []
    for stamp, poses in ((0.0, links), (1.0, there)):
        points = perceiver.process(frame(stamp, int(stamp)), poses).points
        counts.append(int((np.linalg.norm(points - through, axis=1) < 0.045).sum()))
    assert counts[0] > 40 and counts[1] == 0


def test_wall_is_not_an_arm(perceiver, links):
    for i in range(5):
        percept = perceiver.process(frame(float(i), i), links)
    assert not percept.captured
    assert percept.arm is None or percept.arm.confidence.max() < 0.5


def test_frozen_camera_is_an_error_that_says_so(perceiver, links):
    perceiver.process(frame(0.0), links)
    with pytest.raises(StaleInputError, match='frozen camera'):
        perceiver.process(frame(0.1), links)
    perceiver.process(frame(0.2, seed=1), links)


def test_buffer_that_is_filled_again_is_not_a_frozen_camera(perceiver, links):
    first, second = frame(0.0), frame(0.1, seed=1)
    perceiver.process(first, links)
    first.depth_mm[:] = second.depth_mm
    perceiver.process(second._replace(depth_mm=first.depth_mm), links)


def test_frame_older_than_the_last_is_an_error(perceiver, links):
    perceiver.process(frame(1.0), links)
    with pytest.raises(StaleInputError, match='not after the last at 1.000 s'):
        perceiver.process(frame(0.5, seed=1), links)


def test_missing_transform_is_named(perceiver, links):
    del links['forearm_link']
    with pytest.raises(InvalidInputError, match="no pose of link 'forearm_link'"):
        perceiver.process(frame(), links)


def test_transform_that_is_not_finite_is_named(perceiver, links):
    links['wrist_1_link'] = np.full((4, 4), np.nan)
    with pytest.raises(InvalidInputError, match="pose of link 'wrist_1_link': expected a finite"):
        perceiver.process(frame(), links)


def test_covered_camera_is_an_error(perceiver, links):
    dark = frame()._replace(depth_mm=np.zeros((240, 320), np.uint16))
    with pytest.raises(PerceptionError, match='depth image: not one of'):
        perceiver.process(dark, links)


def test_wrong_image_changes_nothing(perceiver, links):
    perceiver.process(frame(0.0), links)
    with pytest.raises(InvalidInputError, match='colour image'):
        perceiver.process(frame(0.1)._replace(rgb=np.zeros((2, 2), np.uint8)), links)
    perceiver.process(frame(0.2, seed=1), links)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'workspace_low': (0.0, 0.0)}, 'workspace_low: expected 3 values'),
        ({'workspace_high': (-2.0, 1.0, 1.0)}, 'is not above workspace_low'),
        ({'max_depth': 0.15}, 'max_depth: 0.15 is not above min_depth'),
        ({'voxel': 0.0}, 'voxel'),
    ],
)
def test_settings_are_checked(changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(PerceptionConfig(), **changes)


def test_folder_without_a_model_says_what_is_missing(tmp_path):
    with pytest.raises(ConfigError, match='model.onnx is missing'):
        ArmNetwork(tmp_path)


def test_broken_model_is_an_error(tmp_path):
    (tmp_path / 'model.onnx').write_bytes(b'not a model')
    (tmp_path / 'config.json').write_text(json.dumps({}))
    with pytest.raises(ConfigError, match='cannot be loaded'):
        ArmNetwork(Path(tmp_path))


def test_model_of_another_version_says_so(tmp_path):
    torch = pytest.importorskip('torch')
    torch.onnx.export(
        torch.nn.Identity(), (torch.zeros(1, 3),), str(tmp_path / 'model.onnx'), dynamo=False
    )
    (tmp_path / 'config.json').write_text(json.dumps({}))
    with pytest.raises(ConfigError, match=r'takes input \[1, 3\], .*of another version'):
        ArmNetwork(tmp_path)


def test_no_frame_waits_for_a_compiler(perceiver, links):
    """Whatever arrays a camera's driver gives: every loop was compiled with the perceiver."""
    loops = (
        frame_module._fill_points, marks_module.mark, inference_module._fill,
        inference_module._unshuffle, inference_module._likeliest, support_module._count,
        voxels_module._order, voxels_module._merge, pipeline_module._within,
        pipeline_module._points,
    )  # fmt: skip
    assert [len(loop.signatures) for loop in loops] == [1] * len(loops)
    first = frame()
    for array in first[1:]:
        array.setflags(write=False)
    small = frame(1.0, 1)
    small = small._replace(rgb=small.rgb[::2, ::2], depth_mm=small.depth_mm[::2, ::2])
    metres = frame(2.0, 2)
    metres = metres._replace(depth_mm=(metres.depth_mm * 1e-3).astype(np.float64))
    mirrored = frame(3.0, 3)._replace(rgb=frame().rgb[:, ::-1])
    for given in (first, small, metres, mirrored):
        perceiver.process(given, links)
    assert [len(loop.signatures) for loop in loops] == [1] * len(loops)
