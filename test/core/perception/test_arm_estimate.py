"""Confidence of a joint and the error that it stands for."""

import numpy as np
import pytest

from valet_core.perception.arm_estimate import HALF_ERROR, confidence_of, error_of


def test_the_half_error_is_half_trusted_and_none_wholly():
    assert confidence_of(np.array([0.0, HALF_ERROR])) == pytest.approx([1.0, 0.5])


@pytest.mark.parametrize('half', [HALF_ERROR, 0.02])
def test_the_error_comes_back_from_the_confidence(half):
    errors = np.array([0.0, 0.004, 0.03, 0.2])
    np.testing.assert_allclose(error_of(confidence_of(errors, half), half), errors, atol=1e-9)


def test_no_trust_is_an_error_beyond_any_arm():
    assert 10.0 < error_of(np.array([0.0]))[0] < np.inf
