import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.perception.frame import GRID, RgbdFrame, check_frame, sample

K = np.array([[300.0, 0.0, 159.5], [0.0, 300.0, 119.5], [0.0, 0.0, 1.0]])

# Camera at (1, 2, 3), looking along base -x, with its right along base +y and its down along -z.
T_BASE_CAMERA = np.array(
    [[0.0, 0.0, -1.0, 1.0], [1.0, 0.0, 0.0, 2.0], [0.0, -1.0, 0.0, 3.0], [0.0, 0.0, 0.0, 1.0]]
)


def frame(**changes):
    parts = {
        'stamp': 1.0,
        'rgb': np.zeros((240, 320, 3), np.uint8),
        'depth_mm': np.full((240, 320), 1200, np.uint16),
        'K': K,
        'T_base_camera': T_BASE_CAMERA,
    }
    return RgbdFrame(**{**parts, **changes})


def test_pixel_is_projected_as_computed_by_hand():
    pixels = sample(frame(), 0.2, 3.0)
    # Sample (60, 100) is pixel v = 120, u = 200: right (200 - 159.5) / 300 * 1.2 = 0.162,
    # down (120 - 119.5) / 300 * 1.2 = 0.002, forward 1.2.
    np.testing.assert_allclose(pixels.points[60, 100], [1 - 1.2, 2 + 0.162, 3 - 0.002], atol=1e-6)


def test_point_projects_back_onto_its_pixel():
    rng = np.random.default_rng(0)
    depth = rng.integers(300, 2900, (240, 320)).astype(np.uint16)
    pixels = sample(frame(depth_mm=depth), 0.2, 3.0)
    camera = (pixels.points - T_BASE_CAMERA[:3, 3]) @ T_BASE_CAMERA[:3, :3]
    image = camera @ K.T
    np.testing.assert_allclose(
        image[..., 0] / image[..., 2], np.arange(0, 320, 2)[None] + 0 * depth[::2, ::2], atol=1e-2
    )
    np.testing.assert_allclose(image[..., 2], depth[::2, ::2] / 1000, atol=1e-5)


def test_no_return_and_out_of_range_are_invalid():
    depth = np.full((240, 320), 1200, np.uint16)
    depth[0, 0], depth[0, 2], depth[0, 4] = 0, 199, 3001
    assert sample(frame(depth_mm=depth), 0.2, 3.0).valid[0, :4].tolist() == [False] * 3 + [True]


def test_metres_with_nan_give_the_same_points():
    metres = np.full((240, 320), 1.2, np.float32)
    metres[0, 0], metres[0, 2] = np.nan, np.inf
    pixels = sample(frame(depth_mm=metres), 0.2, 3.0)
    assert pixels.valid[0, :3].tolist() == [False, False, True]
    np.testing.assert_allclose(
        pixels.points[5, 5], sample(frame(), 0.2, 3.0).points[5, 5], atol=1e-6
    )


def test_larger_images_are_sampled_on_the_same_grid():
    big = frame(
        rgb=np.zeros((480, 640, 3), np.uint8),
        depth_mm=np.full((480, 640), 1200, np.uint16),
    )
    assert sample(big, 0.2, 3.0).points.shape == (*GRID, 3)


@pytest.mark.parametrize('depth', [np.zeros((240, 320), np.uint16), np.full((240, 320), np.nan)])
def test_image_without_any_depth_is_an_error(depth):
    check_frame(frame(depth_mm=depth))
    with pytest.raises(PerceptionError, match='depth image: not one of 19200 samples'):
        sample(frame(depth_mm=depth), 0.2, 3.0)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'rgb': np.zeros((240, 320), np.uint8)}, r'colour image: expected shape \(h, w, 3\)'),
        ({'rgb': np.zeros((240, 320, 3), np.float32)}, 'colour image: .* of float32'),
        ({'rgb': None}, 'colour image: expected an array, received NoneType'),
        ({'depth_mm': np.zeros((240, 320, 1), np.uint16)}, 'depth image: expected shape'),
        ({'depth_mm': np.zeros((240, 320), np.int32)}, 'depth image: .* of int32'),
        ({'depth_mm': np.zeros((120, 160), np.uint16)}, '160x120 differs from the colour image'),
        (
            {
                'rgb': np.zeros((200, 300, 3), np.uint8),
                'depth_mm': np.zeros((200, 300), np.uint16),
            },
            'size 300x200 is not a multiple of 160x120',
        ),
        ({'K': np.zeros((3, 3))}, 'camera matrix: .* focal lengths above 0'),
        ({'K': np.full((3, 3), np.nan)}, 'camera matrix: expected a finite'),
        ({'K': np.eye(2)}, 'camera matrix'),
        (
            {'T_base_camera': np.full((4, 4), np.nan)},
            'pose of the camera: expected a finite 4 x 4',
        ),
        ({'T_base_camera': 2.0 * np.eye(4)}, 'pose of the camera: .* rigid'),
        ({'stamp': float('nan')}, 'stamp: expected a finite time'),
    ],
)
def test_bad_input_is_named_with_what_is_allowed(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        check_frame(frame(**changes))
