import numpy as np
import pytest
import torch

from valet_core.common.assets import find_model
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.training.arm_export import load_model, save_model
from valet_core.dressing.training.arm_model import ArmNet, ArmNetConfig
from valet_core.dressing.training.perception_augment import IGNORED, augment
from valet_core.dressing.training.perception_store import UNSEEN, FrameStore, write_shard
from valet_core.dressing.training.perception_training import TrainingConfig, losses, score, train
from valet_core.perception.arm_inference import CHANNELS, ArmNetwork, pack
from valet_core.perception.frame import GRID

SMALL = ArmNetConfig(widths=(4, 6, 8, 8), vote_width=8, label_width=8)
JOINTS = np.array([[0.0, 0.7, 0.3], [0.2, 0.6, 0.1], [0.4, 0.6, 0.1], [0.6, 0.6, 0.1]])


def raw_frame(seed=0):
    """Points on a slope, the left half of the image labelled 1 and the right half 2."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: GRID[0], : GRID[1]] / 100.0
    points = np.stack([rows, columns - 0.8, 0.3 * rows], axis=-1).astype(np.float32)
    seen = rng.random(GRID) < 0.9
    labels = np.where(np.arange(GRID[1]) < GRID[1] // 2, 1, 2) * np.ones(GRID, int)
    rgb = rng.integers(1, 255, (*GRID, 3)).astype(np.uint8)
    return {
        'pixels': pack(rgb, points, seen, np.zeros(GRID, bool)),
        'labels': np.where(seen, labels, labels + UNSEEN).astype(np.uint8),
        'joints': JOINTS,
        'covered': np.array(seed % 2 == 1),
    }


@pytest.fixture
def store(tmp_path):
    for shard in range(2):
        frames = [raw_frame(2 * shard + i) for i in range(2)]
        write_shard(tmp_path / f'shard_{shard}', frames, {'shard': shard})
    return FrameStore(tmp_path)


def test_store_gives_back_what_was_written(store):
    batch = store.load(np.array([1, 2]))
    frames = [raw_frame(1), raw_frame(2)]
    wanted = torch.from_numpy(np.stack([f['pixels'] for f in frames]))
    torch.testing.assert_close(batch.pixels, wanted, atol=2e-3, rtol=0)
    torch.testing.assert_close(batch.joints, torch.tensor(JOINTS).float().expand(2, 4, 3))
    seen = batch.pixels[..., 6] > 0
    assert (batch.labels[~seen] == IGNORED).all()
    assert (batch.labels[seen] == batch.regions[seen]).all()
    assert store.covered(np.arange(4)).tolist() == [False, True, False, True]


def test_unfinished_shard_is_not_read(store):
    (store.folder / 'shard_9.part').mkdir()
    store.refresh()
    assert len(store) == 4


def test_store_without_frames_says_so(tmp_path):
    with pytest.raises(InvalidInputError, match='holds no training frames'):
        FrameStore(tmp_path)


def test_varied_points_stay_in_their_place_to_the_joints(store):
    plain = store.load(np.arange(4))
    varied = augment(store.load(np.arange(4)), torch.Generator().manual_seed(3))
    for i in range(4):
        kept = varied.pixels[i, ..., 6] > 0
        # Distances of points to joints survive mirroring, turning and shifting.
        gaps = torch.cdist(varied.pixels[i, ..., 3:6][kept], varied.joints[i])
        every = torch.cdist(plain.pixels[i, ..., 3:6].reshape(-1, 3), plain.joints[i])
        seen = plain.pixels[i, ..., 6].flatten() > 0
        assert len(gaps) > 0.5 * int(seen.sum())
        assert abs(float(gaps.mean()) - float(every[seen].mean())) < 0.1
        low, high = every[seen].min(), every[seen].max()
        assert gaps.min() >= low - 1e-3 and gaps.max() <= high + 1e-3


def test_hidden_points_carry_no_label(store):
    varied = augment(store.load(np.arange(4)), torch.Generator().manual_seed(5))
    assert (varied.labels[varied.pixels[..., 6] == 0] == IGNORED).all()
    assert (varied.pixels[..., :3] >= 0).all() and (varied.pixels[..., :3] <= 1).all()


def test_variation_follows_from_the_seed(store):
    first, second = (
        augment(store.load(np.arange(4)), torch.Generator().manual_seed(7)) for _ in range(2)
    )
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b)


def test_joint_is_the_weighted_mean_of_the_votes():
    model = ArmNet(SMALL)
    mean = torch.zeros(1, 3, 1, 2)
    mean[0, 0, 0] = torch.tensor([0.0, 1.0])  # two places, 0.5 m apart along x
    share = torch.ones(1, 1, 1, 2)
    votes = torch.zeros(1, 20, 1, 2)
    votes[0, 12:16, 0, 1] = np.log(3.0)  # the second counts three times as much
    joints, log_error, _ = model.gather((mean, share), votes)
    # 0.75 of the way, in units of 0.5 m, from the centre (0, 0, 0.2).
    expected = torch.tensor([0.375, 0.0, 0.2]).expand(1, 4, 3)
    torch.testing.assert_close(joints, expected)
    torch.testing.assert_close(log_error, torch.full((1, 4), -3.0))


def test_place_without_points_has_no_vote():
    model = ArmNet(SMALL)
    mean = torch.zeros(1, 3, 1, 2)
    mean[0, 0, 0, 1] = 100.0
    share = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    joints, _, _ = model.gather((mean, share), torch.zeros(1, 20, 1, 2))
    torch.testing.assert_close(joints, torch.tensor([0.0, 0.0, 0.2]).expand(1, 4, 3))


def test_training_lowers_the_losses(store):
    config = TrainingConfig(steps=60, batch=2, rate=1e-2, seed=1)
    torch.manual_seed(1)
    seen = store.load(np.arange(4))
    before = sum(float(v.detach()) for v in losses(ArmNet(SMALL), seen).values())
    model = train(store, config, SMALL, lambda *_: None, lambda *_: None)
    after = sum(float(v.detach()) for v in losses(model, seen).values())
    assert after < 0.9 * before
    result = score(model, store)
    assert result['before']['frames'] == result['during']['frames'] == 2


def assert_labels(labels, logits, margin):
    """The likeliest ones, wherever the second is less likely by more than round-off."""
    best = logits.argmax(axis=0)
    ordered = np.sort(logits, axis=0)
    clear = ordered[-1] - ordered[-2] > margin
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(labels[clear], best[clear])


def test_exported_network_is_the_trained_one(tmp_path):
    torch.manual_seed(0)
    model = ArmNet(SMALL).eval()
    save_model(model, tmp_path, {'seed': 0})
    frame = raw_frame()['pixels']
    with torch.no_grad():
        logits, joints, log_error = load_model(tmp_path)(torch.from_numpy(frame)[None])
    output = ArmNetwork(tmp_path)(frame)
    assert_labels(output.labels, logits[0].numpy(), 1e-4)
    np.testing.assert_allclose(output.joints, joints[0], atol=1e-5)
    np.testing.assert_allclose(output.error, log_error[0].exp(), rtol=1e-4)


def test_shipped_weights_and_shipped_graph_are_the_same_network():
    folder = find_model('arm_perception')
    frame = raw_frame(4)['pixels']
    with torch.no_grad():
        logits, joints, log_error = load_model(folder)(torch.from_numpy(frame)[None])
    output = ArmNetwork(folder)(frame)
    assert_labels(output.labels, logits[0].numpy(), 1e-2)
    np.testing.assert_allclose(output.joints, joints[0], atol=1e-3)
    np.testing.assert_allclose(output.error, log_error[0].exp(), rtol=1e-2)


def test_model_without_weights_says_so(tmp_path):
    with pytest.raises(ConfigError, match=r'weights\.safetensors is missing'):
        load_model(tmp_path)


def test_input_has_the_channels_that_are_documented():
    pixels = raw_frame()['pixels']
    assert pixels.shape == (*GRID, CHANNELS) and pixels.dtype == np.float32
    assert (pixels[pixels[..., 6] == 0][:, 3:6] == 0).all()
