"""Cells files: defaults, errors with their line, and round trips."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.sim.cells import (
    MAX_SEED,
    DressingCell,
    cell_from_mapping,
    cell_to_mapping,
    read_cells,
    write_cells,
)
from valet_core.dressing.sim.garments import GARMENT_KINDS, garment
from valet_core.simulation.person import SIDES, PersonConfig

EXAMPLE = """{"side": "right", "stature_m": 1.7, "shoulder_elevation_deg": -40,
"shoulder_azimuth_deg": 0, "elbow_flexion_deg": 60, "elbow_roll_deg": 0, "garment":
{"kind": "cardigan", "length_m": 0.55, "opening_m": 0.5, "cuff_m": 0.28, "thickness_m": 0.0015,
"density_kg_m2": 0.2, "friction": 0.3}, "seed": 1}""".replace('\n', ' ')


def write(tmp_path, text):
    path = tmp_path / 'cells.jsonl'
    path.write_text(text)
    return path


def test_the_documented_line_is_read(tmp_path):
    (cell,) = read_cells(write(tmp_path, EXAMPLE + '\n'))
    assert cell.person.shoulder_elevation_deg == -40
    assert cell.garment.opening_m == 0.5
    assert cell.seed == 1


def test_an_empty_object_is_the_default_cell():
    assert cell_from_mapping({}) == DressingCell()


def test_absent_keys_of_a_garment_are_those_of_its_kind():
    cell = cell_from_mapping({'garment': {'kind': 'jacket', 'friction': 0.25}})
    assert cell.garment == garment('jacket', friction=0.25)


def test_empty_lines_are_skipped(tmp_path):
    assert len(read_cells(write(tmp_path, '\n{}\n\n  \n{"seed": 3}\n'))) == 2


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('{"sied": "left"}', r":2: unknown key 'sied'; allowed: side, stature_m"),
        ('{"side": "up"}', r":2: side: 'up' is not one of: right, left"),
        ('{"stature_m": 3}', r':2: stature_m: 3 is above the allowed 1\.5\.\.1\.9 m'),
        ('{"stature_m": "tall"}', r':2: stature_m: expected a finite number'),
        ('{"stature_m": NaN}', r':2: stature_m: expected a finite number'),
        ('{"garment": {"kind": "toga"}}', r":2: garment: kind: 'toga' is not one of"),
        ('{"garment": {"colour": 1}}', r":2: garment: unknown key 'colour'; allowed: kind"),
        ('{"garment": "jacket"}', r':2: garment: expected a JSON object'),
        ('{"garment": {"kind": ["jacket"]}}', r':2: garment: kind:'),
        ('{"seed": -1}', r':2: seed: -1 is below'),
        ('{"seed": 1.5}', r':2: seed: expected an integer'),
        ('[1, 2]', r':2: expected a JSON object'),
        ('{"side": ', r':2: not a JSON object'),
    ],
)
def test_a_bad_line_is_named_with_what_is_allowed(tmp_path, line, message):
    path = write(tmp_path, '{}\n' + line + '\n')
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_cells(path)
    assert str(caught.value).startswith(f'{path}:2: ')


def test_a_file_without_cells_or_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match='holds no cell'):
        read_cells(write(tmp_path, '\n'))
    with pytest.raises(InvalidInputError, match='cannot be read'):
        read_cells(tmp_path / 'absent.jsonl')
    binary = tmp_path / 'binary'
    binary.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(InvalidInputError, match='cannot be read as text'):
        read_cells(binary)


def test_a_bad_seed_is_refused():
    with pytest.raises(ConfigError, match='seed'):
        DressingCell(seed=MAX_SEED + 1)


cells = st.builds(
    DressingCell,
    person=st.builds(
        PersonConfig,
        side=st.sampled_from(SIDES),
        stature_m=st.floats(1.5, 1.9),
        shoulder_elevation_deg=st.floats(-85, 60),
        shoulder_azimuth_deg=st.floats(-45, 100),
        elbow_flexion_deg=st.floats(0, 130),
        elbow_roll_deg=st.floats(-90, 90),
    ),
    garment=st.builds(
        garment,
        st.sampled_from(GARMENT_KINDS),
        length_m=st.floats(0.15, 0.8),
        friction=st.floats(0, 1),
    ),
    seed=st.integers(0, MAX_SEED),
)


@given(cell=cells)
def test_a_cell_comes_back_from_its_json_unchanged(cell):
    assert cell_from_mapping(json.loads(json.dumps(cell_to_mapping(cell)))) == cell


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(rows=st.lists(cells, min_size=1, max_size=4))
def test_cells_come_back_from_a_file_unchanged(tmp_path, rows):
    path = tmp_path / 'round_trip.jsonl'
    write_cells(path, rows)
    assert read_cells(path) == rows
