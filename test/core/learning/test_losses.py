import math

import pytest
import torch

from valet_core.learning.losses import gaussian_kl, mean_error


def gaussians(mean, std):
    return torch.tensor([[*mean, *std]])


def student(mean, std):
    return torch.tensor([[*mean, *map(math.log, std)]])


def test_kl_of_equal_gaussians_is_zero():
    output = student((0.3, -0.2, 0.9), (0.1, 0.2, 0.3))
    target = gaussians((0.3, -0.2, 0.9), (0.1, 0.2, 0.3))
    assert float(gaussian_kl(output, target)) == pytest.approx(0.0, abs=1e-6)


def test_kl_of_shifted_gaussians_by_hand():
    # Spread 0.2 on both sides, means 0.1 apart in one entry: 0.1^2 / (2 * 0.2^2) = 0.125.
    output, target = student((0.1, 0.0), (0.2, 0.2)), gaussians((0.0, 0.0), (0.2, 0.2))
    assert float(gaussian_kl(output, target)) == pytest.approx(0.125, abs=1e-5)


def test_kl_is_of_the_target_from_the_output():
    # KL(N(0, 0.2) || N(0, 0.4)) = ln 2 + 0.04 / (2 * 0.16) - 0.5, the other way 2 - ln 2 - 0.5.
    output, target = student((0.0,), (0.4,)), gaussians((0.0,), (0.2,))
    expected = math.log(2.0) + 0.125 - 0.5
    assert float(gaussian_kl(output, target)) == pytest.approx(expected, abs=1e-5)


def test_kl_adds_up_over_actions_and_averages_over_the_batch():
    one = student((0.1,), (0.2,)), gaussians((0.0,), (0.2,))  # 0.125
    two = student((0.1, 0.1), (0.2, 0.2)), gaussians((0.0, 0.0), (0.2, 0.2))
    assert float(gaussian_kl(*two)) == pytest.approx(2 * float(gaussian_kl(*one)), abs=1e-6)
    output = torch.cat([one[0], student((0.0,), (0.2,))])
    target = torch.cat([one[1], one[1]])
    assert float(gaussian_kl(output, target)) == pytest.approx(0.0625, abs=1e-5)


def test_spread_of_a_student_is_bounded_below():
    target = gaussians((0.0,), (0.2,))
    assert gaussian_kl(torch.tensor([[0.0, -9.0]]), target) == gaussian_kl(
        torch.tensor([[0.0, -4.0]]), target
    )


def test_mean_error_leaves_the_spreads_out():
    output, target = student((0.1, 0.0, 0.0), (0.5,) * 3), gaussians((0.0,) * 3, (0.2,) * 3)
    assert float(mean_error(output, target)) == pytest.approx(0.01 / 3.0, abs=1e-7)
