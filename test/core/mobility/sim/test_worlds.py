"""Worlds: the file format with its errors, and the generators."""

import json

import numpy as np
import pytest
from places import DATA, EMBODIMENTS

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.distance_grid import distance_grid, shortest_route
from valet_core.mobility.sim.field_scene import field, field_scale, way_through
from valet_core.mobility.sim.planar_sim import PlanarSim
from valet_core.mobility.sim.scenes import SCENES, find_world, generate
from valet_core.mobility.sim.world_files import load_barn, save_barn

WORLDS = DATA / 'barn_like_worlds.jsonl'
JACKAL = Embodiment.load(EMBODIMENTS / 'jackal.yaml')
LINE = {'world': 7, 'cylinders': [[0.0, 1.0]], 'path': [[-2.0, 5.0]]}


def write(tmp_path, *lines):
    path = tmp_path / 'worlds.jsonl'
    path.write_text('\n'.join(lines) + '\n')
    return path


def test_file_gives_cylinders_start_goal_and_route(tmp_path):
    (world,) = load_barn(write(tmp_path, json.dumps(LINE), ''))
    assert world.circles.tolist() == [[0.0, 1.0, 0.075]]
    assert world.starts[0].tolist() == [-2.25, 3.0, np.pi / 2]
    assert world.goals[0, :2].tolist() == [-2.25, 13.0]
    assert world.routes[0].tolist() == [[-2.25, 3.0], [-2.0, 5.0], [-2.25, 13.0]]


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('{"world": 1', 'not JSON'),
        ('[1]', 'received list; allowed: an object'),
        (json.dumps({k: v for k, v in LINE.items() if k != 'path'}), "missing key 'path'"),
        (json.dumps({**LINE, 'path': []}), r'path: received shape \(0,\); allowed: 1 or more'),
        (json.dumps({**LINE, 'cylinders': [[1, 2, 3]]}), r'cylinders: received shape \(1, 3\)'),
        (json.dumps({**LINE, 'cylinders': [['a', 'b']]}), 'allowed: a list of'),
        (json.dumps({**LINE, 'cylinders': [[float('nan'), 0]]}), 'not within 1000 m'),
    ],
)
def test_bad_line_is_named_by_file_and_number(tmp_path, line, message):
    path = write(tmp_path, json.dumps(LINE), line)
    with pytest.raises(InvalidInputError, match=f'worlds.jsonl:2: .*{message}'):
        load_barn(path)


def test_missing_and_empty_files_are_named(tmp_path):
    with pytest.raises(InvalidInputError, match='none.jsonl: cannot be read'):
        load_barn(tmp_path / 'none.jsonl')
    with pytest.raises(InvalidInputError, match='holds no world'):
        load_barn(write(tmp_path, ''))


def test_saving_and_loading_gives_the_same_worlds(tmp_path):
    worlds = [generate('barn', seed, JACKAL) for seed in range(2)]
    save_barn(worlds, tmp_path / 'w.jsonl')
    for before, after in zip(worlds, load_barn(tmp_path / 'w.jsonl'), strict=True):
        np.testing.assert_allclose(after.circles, before.circles, atol=1e-4)
        np.testing.assert_allclose(after.routes[0], before.routes[0], atol=1e-4)


def test_shipped_test_worlds_load():
    assert len(load_barn(WORLDS)) == 4


@pytest.mark.parametrize('scene', SCENES)
@pytest.mark.parametrize('name', ['jackal', 'forklift', 'g1'])
def test_generated_drives_begin_free_and_have_a_way(scene, name):
    body = Embodiment.load(EMBODIMENTS / f'{name}.yaml')
    world = generate(scene, 3, body)
    sim = PlanarSim(body, [world], 1)
    assert not sim.touching(world.starts, np.zeros(len(world.starts), dtype=int)).any()
    grid = distance_grid(world, 0.1)
    for route in world.routes:
        if scene != 'barn':
            assert (grid.at(route) > body.half_width).all()


@pytest.mark.parametrize('scene', SCENES)
def test_same_seed_gives_the_same_world_and_another_seed_another(scene):
    first, second, other = (generate(scene, seed, JACKAL) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.circles, second.circles)
    np.testing.assert_array_equal(first.segments, second.segments)
    np.testing.assert_array_equal(first.starts, second.starts)
    assert first.circles.shape != other.circles.shape or (first.circles != other.circles).any()


def test_unknown_scene_is_refused():
    with pytest.raises(InvalidInputError, match='allowed: barn, warehouse, office, ward'):
        generate('moon', 0, JACKAL)


def test_automaton_fills_and_clears_by_its_rules():
    cells = field(np.random.default_rng(0), 0.0, 1)
    assert not cells[:, 1:-1].any()  # nothing grows from nothing, away from the sides
    assert field(np.random.default_rng(0), 1.0, 3)[1:-1].all()


def test_way_keeps_two_cells_of_clearance():
    rng = np.random.default_rng(4)
    cells = field(rng, 0.2, 3)
    way = way_through(cells, rng)
    assert len(way)
    filled = np.argwhere(cells)
    gaps = np.abs(way[:, None] - filled[None]).max(axis=2)
    assert gaps.min() > 2


def test_no_way_through_a_closed_row():
    cells = np.zeros((30, 30), dtype=bool)
    cells[12] = True
    assert len(way_through(cells, np.random.default_rng(0))) == 0


def test_field_grows_with_the_body_and_is_the_benchmarks_for_a_jackal():
    assert field_scale(JACKAL) == 1.0
    forklift = Embodiment.load(EMBODIMENTS / 'forklift.yaml')
    world = generate('barn', 1, forklift)
    assert world.circles[:, 2].max() == pytest.approx(0.075 * field_scale(forklift))


def test_distances_on_the_grid_match_the_geometry():
    world = generate('office', 2, JACKAL)
    grid = distance_grid(world, 0.1)
    rng = np.random.default_rng(0)
    for cell in rng.integers(0, grid.distance.shape, size=(50, 2)):
        x, y = grid.points(cell)
        best = 2.0
        for cx, cy, radius in world.circles:
            best = min(best, np.hypot(cx - x, cy - y) - radius)
        for ax, ay, bx, by in world.segments:
            e = np.array([bx - ax, by - ay])
            t = np.clip(((x - ax) * e[0] + (y - ay) * e[1]) / (e @ e), 0, 1)
            best = min(best, np.hypot(x - ax - t * e[0], y - ay - t * e[1]))
        assert grid.distance[tuple(cell)] == pytest.approx(best, abs=1e-9)


def test_shortest_route_goes_around_a_wall():
    from valet_core.mobility.sim.world import World

    world = World('w', [], [[2, -1, 2, 3]], [[0, 0, 0]], [[4, 0, np.nan]])
    route = shortest_route(distance_grid(world, 0.1, margin=2.0), [0, 0], [4, 0], 0.3)
    assert route[0] == pytest.approx([0, 0], abs=0.06)
    assert route[-1] == pytest.approx([4, 0], abs=0.06)
    assert route[:, 1].min() < -1.25


def test_ends_of_inner_walls_can_be_seen():
    """A ray along a wall with a door meets the wall's end, not a line of no thickness."""
    office = generate('office', 3, JACKAL)
    lengths = np.linalg.norm(office.segments[:, 2:] - office.segments[:, :2], axis=1)
    assert (np.abs(lengths - 0.1) < 1e-9).sum() >= 2 * 12  # two ends of each of the inner walls


def test_worlds_by_name_and_from_a_file(tmp_path):
    assert find_world('barn', 3, JACKAL).name == find_world('barn', 3, JACKAL).name
    file = tmp_path / 'mine.jsonl'
    file.write_text('{"world": 4, "cylinders": [[0, 0]], "path": [[-2, 5]]}\n')
    assert find_world(str(file), 0, JACKAL).circles.shape == (1, 3)
    with pytest.raises(InvalidInputError, match='seed: received 1; allowed: 0..0'):
        find_world(str(file), 1, JACKAL)
    with pytest.raises(InvalidInputError, match='task: received 9'):
        find_world('barn', 3, JACKAL, 9)
    with pytest.raises(InvalidInputError, match="scene: received 'moon'"):
        find_world('moon', 0, JACKAL)
