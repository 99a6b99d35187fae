"""`valet bench sim`: episodes an hour, physics steps a second, real-time factor of the graph."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance
from valet_core.tools.bench.graph import measure_graph

__all__ = ['HELP', 'add_arguments', 'run']

HELP = "speed of the simulation: episodes an hour and the whole graph's real-time factor"
WARM_UP = 4  # episodes that start the processes and are not counted
PHYSICS_STEPS = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--episodes', type=int, default=40, help='counted (%(default)s)')
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument(
        '--graph-seconds', type=float, default=20.0, help='0 leaves the graph out (%(default)s)'
    )
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; the graph is left out where ROS is not at hand."""
    result: dict[str, Any] = {**provenance(), 'load_average': os.getloadavg()[0]}
    result['physics_steps_per_s'] = physics_speed()
    result['episodes_per_hour'] = episode_speed(args.episodes, args.processes)
    if args.graph_seconds > 0:
        result['graph'] = measure_graph(args.graph_seconds)
    print(f'physics            {result["physics_steps_per_s"]:8.0f} steps/s on one core')
    print(
        f'planner in loop    {result["episodes_per_hour"]:8.0f} episodes/h '
        f'on {args.processes} processes'
    )
    graph = result.get('graph')
    if graph:
        print(f'whole graph        {graph["real_time_factor"]:8.2f} x real time')
    elif args.graph_seconds > 0:
        print('whole graph        not measured: ROS 2 or valet_nodes is not at hand')
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def physics_speed() -> float:
    """Steps a second of cloth and robot while the sleeve is pulled, in this process."""
    import numpy as np

    from valet_core.dressing.sim.cells import DressingCell
    from valet_core.dressing.sim.dressing_world import DressingWorld

    world = DressingWorld(DressingCell())
    twist = np.array([-0.1, 0.0, 0.0, 0.0, 0.0, 0.0])  # towards the shoulder
    started = time.perf_counter()
    for _ in range(PHYSICS_STEPS):
        world.step(twist)
    return PHYSICS_STEPS / (time.perf_counter() - started)


def episode_speed(episodes: int, processes: int) -> float:
    """Episodes an hour of the planner over cells of all regions, the start-up not counted."""
    from valet_core.dressing.evaluation.cell_runs import EvaluationConfig, evaluate_cells
    from valet_core.dressing.sim.regions import draw_cells

    cells = draw_cells(WARM_UP + episodes, 0, 'train')
    started = 0.0
    for count, _ in enumerate(evaluate_cells(cells, EvaluationConfig(processes=processes)), 1):
        if count == WARM_UP:
            started = time.perf_counter()
    return episodes / (time.perf_counter() - started) * 3600
