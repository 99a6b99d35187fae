import numpy as np
import pytest

from valet_core.dressing.sim.camera_observer import CameraObserver
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.state_observer import StateObserver
from valet_core.perception.labels import Label
from valet_core.perception.thinning import MAX_POINTS, thin


@pytest.fixture(scope='module')
def world():
    return DressingWorld(DressingCell(seed=4), ClothConfig(settle_s=0.3))


@pytest.fixture(scope='module')
def observer():
    observer = CameraObserver()
    yield observer
    observer.close()


def observations(observer, world, count):
    """Observations 50 ms apart from the start of an episode, the tool at rest."""
    world.reset()
    observer.reset()
    seen = [observer(world)]
    for _ in range(count - 1):
        for _ in range(6):
            world.step(np.zeros(6))
        seen.append(observer(world))
    return seen


def test_observation_has_the_parts_and_shapes_of_the_state_observers(observer, world):
    seen, state = observations(observer, world, 1)[0], StateObserver()(world)
    assert seen.keys() == state.keys()
    for name, part in state.items():
        assert seen[name].shape == part.shape and seen[name].dtype == part.dtype, name


def test_arm_is_where_it_really_is(observer, world):
    seen = observations(observer, world, 8)[-1]
    error = np.linalg.norm(seen['joints'] - world.arm_joints, axis=1)
    assert error.max() < 0.08
    assert seen['confidence'].min() > 0.4
    arm = seen['cloud'][seen['labels'] == Label.ARM]
    assert len(arm) > 50
    gaps = np.linalg.norm(arm[:, None] - world.arm_joints[None], axis=2).min(axis=1)
    assert np.median(gaps) < 0.2


def test_percept_is_held_between_images(observer, world):
    clouds = [o['cloud'] for o in observations(observer, world, 8)]
    same = [np.array_equal(a, b) for a, b in zip(clouds, clouds[1:], strict=False)]
    # 15 images a second at 20 looks: every fourth look finds no new image.
    assert sum(same) in (1, 2)


def test_same_episode_is_seen_the_same_again(observer, world):
    first, second = (observations(observer, world, 2)[-1] for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_thinning_keeps_the_shares_of_arm_and_garment():
    labels = np.repeat([0, 1, 2, 3], [4000, 300, 900, 5000]).astype(np.uint8)
    chosen = thin(labels, MAX_POINTS)
    assert len(chosen) <= MAX_POINTS and len(set(chosen)) == len(chosen)
    counts = np.bincount(labels[chosen], minlength=4)
    assert counts[Label.GARMENT] == pytest.approx(3 * counts[Label.ARM], abs=3)
    assert counts[Label.BODY] == counts[Label.OTHER] == MAX_POINTS // 8


def test_thinning_keeps_everything_of_a_small_cloud():
    labels = np.array([1, 2, 2, 3, 0], dtype=np.uint8)
    assert sorted(thin(labels, 40)) == [0, 1, 2, 3, 4]
    assert len(thin(np.zeros(0, np.uint8), 40)) == 0
