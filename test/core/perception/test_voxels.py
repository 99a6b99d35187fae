import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valet_core.perception.voxels import voxelise

coordinates = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-2, 2, width=32)
)


def test_points_of_a_voxel_become_their_mean_with_the_label_of_most():
    points = np.array([[0.001, 0.0, 0.0], [0.003, 0.0, 0.0], [0.005, 0.0, 0.0], [0.5, 0.5, 0.5]])
    cloud, labels = voxelise(points.astype(np.float32), np.array([1, 2, 2, 3], np.uint8), 0.01)
    np.testing.assert_allclose(cloud, [[0.003, 0.0, 0.0], [0.5, 0.5, 0.5]], atol=1e-6)
    assert labels.tolist() == [2, 3]
    assert cloud.dtype == np.float32 and labels.dtype == np.uint8


def test_points_either_side_of_zero_are_apart():
    points = np.array([[-0.001, 0.0, 0.0], [0.001, 0.0, 0.0]], np.float32)
    assert len(voxelise(points, np.zeros(2, np.uint8), 0.01)[0]) == 2


def test_no_points_give_no_points():
    cloud, labels = voxelise(np.zeros((0, 3), np.float32), np.zeros(0, np.uint8), 0.01)
    assert cloud.shape == (0, 3) and labels.shape == (0,)


@settings(deadline=None)
@given(coordinates)
def test_no_two_points_share_a_voxel_and_none_is_lost(points):
    labels = (np.arange(len(points)) % 4).astype(np.uint8)
    cloud, found = voxelise(points, labels, 0.05)
    cells = {tuple(c) for c in np.floor(points * (1 / 0.05)).astype(int)}
    assert len(cloud) == len(cells) == len(found)
    assert set(found) <= set(labels)
    # Each mean is within a voxel's diagonal of some point.
    gaps = np.linalg.norm(points[:, None] - cloud[None], axis=2)
    assert gaps.min(axis=1).max() <= 0.05 * np.sqrt(3) + 1e-5


@settings(deadline=None)
@given(coordinates, st.randoms(use_true_random=False))
def test_order_of_the_points_does_not_matter(points, random):
    order = np.array(random.sample(range(len(points)), len(points)))
    labels = (points[:, 0] > 0).astype(np.uint8)
    cloud, found = voxelise(points, labels, 0.05)
    again, found_again = voxelise(points[order], labels[order], 0.05)
    np.testing.assert_allclose(cloud, again, atol=1e-6)
    np.testing.assert_array_equal(found, found_again)
