"""A force-torque signal that is alive, and one that is frozen."""

import numpy as np

from valet_core.safety import Aliveness, AlivenessConfig

CONSTANT = np.array([1.0, 2.0, 3.0, 0.1, 0.2, 0.3])


def fed(samples, period, config=None):
    alive = Aliveness(config or AlivenessConfig(samples=10, duration=0.1, axis_samples=0))
    for i, sample in enumerate(samples):
        alive.update(i * period, np.asarray(sample, float))
    return alive


def test_nine_equal_samples_are_alive_and_ten_are_not():
    assert fed([CONSTANT] * 9, 0.008).fault() is None
    assert 'not changed in 10 samples' in fed([CONSTANT] * 10, 0.008).fault().reason


def test_equal_samples_at_a_low_rate_are_told_by_their_duration():
    assert fed([CONSTANT] * 3, 0.04).fault() is None
    assert 'not changed in 3 samples, 0.100 s' in fed([CONSTANT] * 3, 0.05).fault().reason


def test_two_samples_a_long_time_apart_prove_nothing():
    assert fed([CONSTANT] * 2, 10.0).fault() is None


def test_one_bit_of_change_is_life():
    changed = CONSTANT.copy()
    changed[5] = np.nextafter(changed[5], 1.0)
    assert fed([CONSTANT] * 9 + [changed] + [CONSTANT] * 9, 0.008).fault() is None


def test_a_signal_revives_with_the_first_change():
    alive = fed([CONSTANT] * 20, 0.008)
    assert alive.fault().rule == 'frozen_wrench'
    alive.update(1.0, CONSTANT + 1e-6)
    assert alive.fault() is None


def test_a_single_frozen_force_axis_is_told():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(60, 6))
    samples[:, 1] = 2.5
    config = AlivenessConfig(samples=10, duration=0.1, axis_samples=50)
    assert fed(samples[:49], 0.008, config).fault() is None
    assert (
        'tool y has not changed in 50 samples' in fed(samples[:50], 0.008, config).fault().reason
    )
    off = AlivenessConfig(samples=10, duration=0.1, axis_samples=0)
    assert fed(samples, 0.008, off).fault() is None


def test_aliveness_can_be_switched_off():
    config = AlivenessConfig(samples=0, duration=0.1, axis_samples=0)
    assert fed([CONSTANT] * 100, 0.008, config).fault() is None
