"""Garments: kinds, variation and the mesh."""

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.dressing.sim.garments import COLUMNS, GARMENT_KINDS, build_mesh, garment, vary

X, Z = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def mesh_of(config):
    return build_mesh(config, np.zeros(3), X, Z)


def edges_of(triangles):
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True)


def test_there_are_five_kinds():
    assert GARMENT_KINDS == (
        'hospital_gown',
        't_shirt',
        'long_sleeved_shirt',
        'cardigan',
        'jacket',
    )


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="'toga' is not one of: hospital_gown, t_shirt"):
        garment('toga')


def test_a_cuff_wider_than_the_opening_is_refused():
    with pytest.raises(ConfigError, match=r'cuff_m: 0\.6 is above the allowed'):
        garment('t_shirt', cuff_m=0.6)


@pytest.mark.parametrize('kind', GARMENT_KINDS)
def test_the_rim_is_a_circle_of_the_opening(kind):
    config = garment(kind)
    mesh = mesh_of(config)
    rim = mesh.vertices[mesh.rim]
    assert len(rim) == COLUMNS
    np.testing.assert_allclose(np.linalg.norm(rim, axis=1), config.opening_m / (2 * np.pi))
    np.testing.assert_allclose(rim[:, 0], 0.0, atol=1e-12)


@pytest.mark.parametrize('kind', GARMENT_KINDS)
def test_the_cuff_lies_a_sleeve_away(kind):
    config = garment(kind)
    mesh = mesh_of(config)
    tube = np.delete(mesh.vertices, mesh.panel, axis=0)
    assert tube[:, 0].max() == pytest.approx(config.length_m)
    cuff = tube[-COLUMNS:]
    spread = np.linalg.norm(cuff - cuff.mean(axis=0), axis=1)
    np.testing.assert_allclose(spread, config.cuff_m / (2 * np.pi))


@pytest.mark.parametrize('kind', GARMENT_KINDS)
def test_the_grip_is_three_neighbours_at_the_top_of_the_rim(kind):
    mesh = mesh_of(garment(kind))
    heights = mesh.vertices[mesh.rim][:, 2]
    assert set(mesh.grip) == set(np.argsort(heights)[-3:])


@pytest.mark.parametrize('kind', GARMENT_KINDS)
def test_the_sheet_has_no_hole_beside_its_openings(kind):
    config = garment(kind, hang_m=0.0)
    mesh = mesh_of(config)
    edges, counts = edges_of(mesh.triangles)
    assert counts.max() == 2
    # Edges of one triangle only: the rim's and the cuff's.
    assert (counts == 1).sum() == 2 * COLUMNS
    # A tube: vertices - edges + faces = 0.
    assert len(mesh.vertices) - len(edges) + len(mesh.triangles) == 0


def test_the_panel_hangs_straight_down_from_the_rim():
    config = garment('hospital_gown')
    mesh = mesh_of(config)
    panel = mesh.vertices[mesh.panel]
    lowest_of_rim = mesh.vertices[mesh.rim][:, 2].min()
    assert panel[:, 2].min() == pytest.approx(lowest_of_rim - config.hang_m)
    assert len(mesh_of(garment('hospital_gown', hang_m=0.0)).panel) == 0


@pytest.mark.parametrize('kind', GARMENT_KINDS)
def test_variation_follows_its_generator_and_stays_allowed(kind):
    first = vary(garment(kind), np.random.default_rng(4))
    assert first == vary(garment(kind), np.random.default_rng(4))
    assert first != vary(garment(kind), np.random.default_rng(5))
    assert first.kind == kind
    assert first.opening_m == pytest.approx(garment(kind).opening_m, rel=0.08)
