import numpy as np
import onnxruntime
import pytest
import torch

from valet_core.common.errors import InvalidInputError
from valet_core.policy.chunk_network import ChunkNetwork, ChunkNetworkConfig, chunk_loss
from valet_core.policy.point_encoders import ENCODERS, farthest_points, make_encoder
from valet_core.policy.samplers import MIP_LEVEL, DdimSampler, MipSampler, make_sampler


@pytest.fixture(params=ENCODERS)
def encoder(request):
    torch.manual_seed(0)
    return make_encoder(request.param, 7, 32).eval()


@pytest.fixture
def points():
    cloud = torch.rand(3, 60, 7, generator=torch.Generator().manual_seed(1))
    cloud[..., :3] = 0.6 * (cloud[..., :3] - 0.5)
    return cloud


def test_embedding_has_the_width_that_was_asked_for(encoder, points):
    assert encoder(points).shape == (3, 32)


def test_order_of_the_points_does_not_matter(encoder, points):
    order = torch.randperm(60, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        assert torch.allclose(encoder(points), encoder(points[:, order]), atol=1e-6)


def test_place_of_a_point_matters(encoder, points):
    with torch.no_grad():
        moved = points.clone()
        moved[:, :, 0] += 0.1
        assert not torch.allclose(encoder(points), encoder(moved), atol=1e-3)


def test_scenes_of_a_batch_do_not_touch_each_other(encoder, points):
    with torch.no_grad():
        assert torch.allclose(encoder(points)[1:2], encoder(points[1:2]), atol=1e-6)


def test_farthest_points_of_a_line():
    line = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [4, 0, 0]]])
    assert farthest_points(line, 3).tolist() == [[3, 0, 2]]


def test_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match='pointnet2'):
        make_encoder('pointnet3', 7, 32)


@pytest.mark.parametrize('kind', ENCODERS)
def test_onnx_gives_what_torch_gives(kind, points, tmp_path):
    torch.manual_seed(3)
    network = ChunkNetwork(ChunkNetworkConfig(encoder=kind, points=60, width=32)).eval()
    state = torch.rand(1, 24)
    path = str(tmp_path / 'encoder.onnx')
    torch.onnx.export(
        network.observer, (points[:1], state), path, input_names=['points', 'state'],
        output_names=['embedding', 'done'], opset_version=18, dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(path)
    for scene in points:
        with torch.no_grad():
            wanted = network.observer(scene[None], state)
        given = session.run(None, {'points': scene[None].numpy(), 'state': state.numpy()})
        for a, b in zip(wanted, given, strict=True):
            assert np.abs(a.numpy() - b).max() < 1e-4


def perfect(target):
    """A denoiser that knows the chunk."""
    return lambda chunk, level, embedding: np.broadcast_to(target, chunk.shape)


@pytest.mark.parametrize('steps', [1, 2, 10])
def test_ddim_ends_at_what_a_perfect_denoiser_knows(steps):
    target = np.array([0.5, -1.0, 0.25], np.float32)
    noise = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    drawn = DdimSampler(steps).draw(perfect(target), np.zeros(2), noise)
    assert np.allclose(drawn, target)


def test_ddim_keeps_the_law_of_a_gaussian():
    """The exact denoiser of N(0, s^2) takes standard noise to N(0, s^2) as the steps grow."""
    spread = 0.5

    def denoise(chunk, level, embedding):
        a = np.sin(0.5 * np.pi * level[:, None])
        return a * spread**2 / (a**2 * spread**2 + 1 - a**2) * chunk

    noise = np.random.default_rng(1).standard_normal((4000, 1))
    drawn = DdimSampler(100).draw(denoise, np.zeros(2), noise)
    assert drawn.std() == pytest.approx(spread * noise.std(), rel=0.02)


def test_every_row_has_the_one_embedding():
    seen = []

    def denoise(chunk, level, embedding):
        seen.append((len(chunk), embedding))
        return chunk

    noise = np.zeros((5, 3), np.float32)
    DdimSampler(2).draw(denoise, np.arange(2.0), noise)
    assert [n for n, _ in seen] == [5, 5]
    assert all((e == [0.0, 1.0]).all() for _, e in seen)


def test_mip_passes_its_first_guess_on():
    calls = []

    def denoise(chunk, level, embedding):
        calls.append((chunk.copy(), level.copy()))
        return np.full_like(chunk, 2.0)

    drawn = MipSampler().draw(denoise, np.zeros(2), np.ones((3, 4), np.float32))
    assert drawn.shape == (3, 4)
    (first, zero), (second, level) = calls
    assert (first == 0).all() and zero == 0.0
    assert np.allclose(second, 2.0 * MIP_LEVEL) and level == pytest.approx(MIP_LEVEL)


def test_unknown_sampler_and_no_steps_are_refused():
    with pytest.raises(InvalidInputError, match='ddim, mip'):
        make_sampler('euler', 4)
    with pytest.raises(InvalidInputError, match='1 and more'):
        make_sampler('ddim', 0)


@pytest.mark.parametrize('objective', ['ddim', 'mip'])
def test_loss_falls_on_one_example(objective):
    torch.manual_seed(0)
    config = ChunkNetworkConfig(width=16, hidden=64, chunk=6, objective=objective)
    network = ChunkNetwork(config)
    chunk, embedding = torch.linspace(-1, 1, 6)[None], torch.ones(1, 16)
    adam = torch.optim.Adam(network.denoiser.parameters(), 3e-3)
    losses = []
    for step in range(60):
        random = torch.Generator().manual_seed(step)
        loss = chunk_loss(network, embedding, chunk, 16, random)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.2 * losses[0]
