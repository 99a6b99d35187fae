"""Embodiments are data: every shipped file loads, every absurd value is named."""


import numpy as np
import pytest
import yaml
from places import EMBODIMENTS

from valet_core.common.errors import ConfigError
from valet_core.mobility.body.embodiment import Embodiment

FILES = sorted(EMBODIMENTS.glob('*.yaml'))


def jackal(**changes):
    mapping = yaml.safe_load((EMBODIMENTS / 'jackal.yaml').read_text())
    for path, value in changes.items():
        *parents, key = path.split('__')
        target = mapping
        for parent in parents:
            target = target.setdefault(parent, {})
        target[key] = value
    return mapping


@pytest.mark.parametrize('file', FILES, ids=lambda f: f.stem)
def test_every_shipped_file_loads(file):
    body = Embodiment.load(file)
    assert body.name == file.stem
    assert body.descriptor().shape == (24,)
    assert np.isfinite(body.descriptor()).all()


def test_exactly_one_is_held_out():
    assert [f.stem for f in FILES if Embodiment.load(f).held_out] == ['spot']


def test_descriptors_differ():
    rows = {tuple(Embodiment.load(f).descriptor()) for f in FILES}
    assert len(rows) == len(FILES)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'drive': 'hover'}, "drive: 'hover' is not one of: differential, omnidirectional"),
        ({'limits__forward': -1.0}, 'forward: -1.0 is below the allowed 0.05..5.0 m/s'),
        ({'limits__forward': float('nan')}, 'forward: expected a finite number, received nan'),
        ({'limits__lateral': 0.5}, 'lateral_acceleration: received 0.0 with lateral speed 0.5'),
        ({'wheels': 4}, "unknown key 'wheels'; allowed: name, drive, footprint"),
        ({'footprint': [[0, 0], [1, 0]]}, 'footprint: received 2 points; allowed: 3 or more'),
        ({'footprint': [[1, 1], [-1, -1], [1, -1], [-1, 1]]}, 'area is below'),
        ({'footprint': [[2, 1], [-1, -1], [1, -1], [-1, 1]]}, 'edges cross'),
        ({'footprint': 'box'}, "footprint: expected a list, received 'box'"),
        ({'sensor__rays': 2}, 'rays: 2 is below the allowed 8..4096'),
        ({'actuation__delay': 3.0}, 'delay: 3.0 is above the allowed 0.0..0.5 s'),
        ({'drive': 'ackermann'}, 'steering.wheelbase: received 0.0'),
    ],
)
def test_absurd_value_is_named(changes, message):
    with pytest.raises(ConfigError, match='jackal.yaml: ') as error:
        Embodiment.from_mapping(jackal(**changes), 'jackal.yaml')
    assert message in str(error.value)


@pytest.mark.parametrize('key', ['name', 'drive', 'footprint', 'limits', 'sensor'])
def test_missing_key_is_named(key):
    mapping = jackal()
    del mapping[key]
    with pytest.raises(ConfigError, match=f'missing key {key!r}'):
        Embodiment.from_mapping(mapping)


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match='none.yaml: cannot be read'):
        Embodiment.load(tmp_path / 'none.yaml')


def test_turning_radius_of_the_forklift():
    body = Embodiment.load(EMBODIMENTS / 'forklift.yaml')
    assert body.turning_radius == pytest.approx(1.05 / np.tan(np.radians(55)))


def test_footprint_is_stored_counter_clockwise_and_read_only():
    body = Embodiment.from_mapping(
        jackal(footprint=[[0.2, -0.1], [-0.2, -0.1], [-0.2, 0.1], [0.2, 0.1]])
    )
    x, y = body.polygon.T
    assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0
    with pytest.raises(ValueError, match='read-only'):
        body.polygon[0, 0] = 1.0


def test_full_circle_scan_does_not_repeat_its_first_ray():
    sensor = Embodiment.load(EMBODIMENTS / 'omni.yaml').sensor
    assert sensor.increment == pytest.approx(2 * np.pi / 360)
    assert sensor.angles[-1] < np.pi
