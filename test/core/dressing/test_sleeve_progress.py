"""Progress of an opening along the arm, and cloth that went through it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_core.dressing.sim.sleeve_progress import _crossings, pierced_triangles, rim_arc
from valet_core.geometry.limb import Limb

# Upper arm 0.3 m down, forearm 0.25 m and hand 0.15 m forward.
LIMB = Limb([[0, 0, 1.0], [0, 0, 0.7], [0.25, 0, 0.7], [0.40, 0, 0.7]])
# From the shoulder up, and away.
TRUNK = np.array([[0.0, 0.0, 1.5], [0.0, -5.0, 1.5]])


def ring(centre, normal, radius=0.08, count=11):
    """Return a round opening."""
    normal = np.array(normal, dtype=float) / np.linalg.norm(normal)
    u = np.cross(normal, [0.0, 1.0, 0.0])
    u = u / np.linalg.norm(u)
    v = np.cross(normal, u)
    angle = 2 * np.pi * np.arange(count)[:, None] / count
    return np.array(centre) + radius * (np.cos(angle) * u + np.sin(angle) * v)


@pytest.mark.parametrize(
    ('centre', 'normal', 'arc'),
    [
        ([0.30, 0, 0.7], [1, 0, 0], 0.10),  # on the hand
        ([0.10, 0, 0.7], [1, 0, 0], 0.30),  # on the forearm
        ([0.0, 0, 0.85], [0, 0, 1], 0.55),  # on the upper arm
    ],
)
def test_a_ring_around_the_arm_reads_where_the_axis_passes(centre, normal, arc):
    assert rim_arc(ring(centre, normal), LIMB, TRUNK) == pytest.approx(arc, abs=1e-9)


def test_the_direction_of_the_loop_does_not_matter():
    loop = ring([0.1, 0, 0.7], [1, 0, 0])
    assert rim_arc(loop[::-1], LIMB, TRUNK) == pytest.approx(rim_arc(loop, LIMB, TRUNK))


@pytest.mark.parametrize('centre', [[0.5, 0, 0.7], [0.2, 0.15, 0.7], [0.2, 0, 0.5]])
def test_a_ring_beside_the_arm_or_before_it_reads_none(centre):
    assert rim_arc(ring(centre, [1, 0, 0]), LIMB, TRUNK) is None


def test_a_ring_pulled_past_the_shoulder_still_counts_as_all_of_the_arm():
    assert rim_arc(ring([0, 0, 1.1], [0, 0, 1]), LIMB, TRUNK) == LIMB.length


def test_a_ring_around_forearm_and_upper_arm_at_once_is_not_on_the_arm():
    # The arm goes in and comes out again: it is not linked with the loop.
    loop = ring([0.05, 0, 0.75], [1, 0, 1], radius=0.3)
    assert rim_arc(loop, LIMB, TRUNK) is None


@given(share=st.floats(0.05, 0.95), tilt=st.floats(-0.6, 0.6))
def test_a_tilted_ring_reads_the_same(share, tilt):
    at = LIMB.point_at(share * LIMB.elbow_arc)
    loop = ring(at, [np.cos(tilt), np.sin(tilt), 0.0], radius=0.05)
    assert rim_arc(loop, LIMB, TRUNK) == pytest.approx(share * LIMB.elbow_arc, abs=1e-9)


TRIANGLES = np.array([[0, 1, 2]])


def across(x, z=0.7, size=0.05):
    """Return a triangle across the forearm at x."""
    return np.array([[x, -size, z - size], [x, size, z - size], [x, 0.0, z + size]])


def test_a_triangle_that_the_axis_passes_through_is_pierced():
    assert pierced_triangles(across(0.2), TRIANGLES, LIMB) == 1


@pytest.mark.parametrize(
    'vertices',
    [across(0.5), across(0.2, z=0.8), across(0.399)],
    ids=['before the hand', 'above', 'at the round end of the hand'],
)
def test_a_triangle_beside_the_axis_is_not(vertices):
    assert pierced_triangles(vertices, TRIANGLES, LIMB) == 0


def test_a_tube_around_the_arm_is_not_pierced():
    rings = [ring([x, 0, 0.7], [1, 0, 0]) for x in (0.1, 0.2)]
    n = len(rings[0])
    triangles = [[i, (i + 1) % n, n + i] for i in range(n)]
    assert pierced_triangles(np.concatenate(rings), np.array(triangles), LIMB) == 0


def test_pierced_triangles_are_those_that_a_ray_crosses():
    """Against Moeller and Trumbore as `rim_arc` uses it, on triangles all around the arm."""
    rng = np.random.default_rng(0)
    vertices = rng.uniform([-0.1, -0.1, 0.6], [0.45, 0.1, 1.05], (300, 3))
    triangles = rng.integers(0, 300, (400, 3))
    a, b, c = vertices[triangles].swapaxes(0, 1)
    path = np.stack([LIMB.point_at(float(LIMB.radii[2])), LIMB.joints[1], LIMB.joints[0]])
    crossed = sum(len(_crossings(*path[i : i + 2], a, b, c)[0]) for i in (0, 1))
    assert crossed > 20
    assert pierced_triangles(vertices, triangles, LIMB) == crossed


def test_pieces_away_from_the_opening_change_nothing():
    """An opening around the forearm, with a trunk that runs past it or stays away."""
    opening = ring((0.1, 0.0, 0.7), (1.0, 0.0, 0.0))
    past = np.array([[0.1, 0.5, 0.7], [0.1, 0.2, 0.7], [0.0, -5.0, 1.5]])
    assert rim_arc(opening, LIMB, past) == rim_arc(opening, LIMB, TRUNK) == pytest.approx(0.3)
