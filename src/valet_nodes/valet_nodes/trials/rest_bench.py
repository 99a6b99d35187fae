"""How soon the robot rests after a fault of the running graph."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_nodes.demo.graph import isolate
from valet_nodes.trials.dressing_graph import DressingGraph, Moment
from valet_nodes.trials.rest_faults import FAULTS, Fault

__all__ = ['measure', 'names']

LAUNCH_FILE = 'faults.launch.yaml'
MOVING = (0.5, 2.0)  # simulated time of motion before the fault [s]
WATCHED = 0.5  # simulated time for which the rest has to last [s]


def names() -> tuple[str, ...]:
    """The faults that there are."""
    return tuple(FAULTS)


def measure(
    faults: Sequence[str],
    trials: int,
    pace: str,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """Break the graph again and again while it dresses an arm.

    Args:
        faults: names of what to try.
        trials: of each.
        pace: 'graph' or 'real_time', of the simulator.
        seed: of the moments at which the faults come.
        tell: called with a line after each trial.

    Returns:
        For each fault 'fault', 'what', and of each trial 'simulated_s' and 'wall_s', from just
        before the fault until the robot rests, and 'rule', by which the gate stops or slows it.

    Raises:
        InvalidInputError: for an unknown fault.
        ValetError: if the graph does not come up, or the robot moves again.
    """
    unknown = [name for name in faults if name not in FAULTS]
    if unknown:
        raise InvalidInputError(f'fault {unknown[0]!r} is not one of: {", ".join(FAULTS)}')
    isolate()
    rng = np.random.default_rng(seed)
    found: list[dict[str, Any]] = []
    with _Graphs(pace) as graphs:
        for name in faults:
            rows = []
            for _ in range(trials):
                rows.append(_trial(graphs, FAULTS[name], float(rng.uniform(*MOVING))))
                tell(f'{name}: {rows[-1]}')
            columns = {key: [row[key] for row in rows] for key in rows[0]}
            found.append({'fault': name, 'what': FAULTS[name].what, **columns})
    return found


class _Graphs:
    """The graph that is up, and another one where that was broken for good."""

    def __init__(self, pace: str) -> None:
        self._pace = pace
        self._graph: DressingGraph | None = None

    def __enter__(self) -> '_Graphs':
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def ready(self) -> DressingGraph:
        """One that can take a goal."""
        if self._graph is None:
            self._graph = DressingGraph(LAUNCH_FILE, f'pace:={self._pace}', 'headless:=true')
            self._graph.bring_up()
        else:
            self._graph.prepare()
        return self._graph

    def discard(self) -> None:
        """End it."""
        if self._graph is not None:
            self._graph.close()
        self._graph = None


def _trial(graphs: _Graphs, fault: Fault, moving: float) -> dict[str, Any]:
    graph = graphs.ready()
    graph.start_moving(moving)
    since = fault.inject(graph)
    rule = _rested(graph, since)
    rest = graph.node.rest_since(since)
    assert rest is not None
    if fault.mend is None:
        graphs.discard()
    else:
        fault.mend(graph)
    return {'simulated_s': rest.simulated, 'wall_s': rest.wall, 'rule': rule}


def _rested(graph: DressingGraph, since: Moment) -> str:
    """Wait until the robot has rested for a while; the gate's rule by then."""
    node = graph.node

    def lasts() -> bool:
        rest = node.rest_since(since)
        return rest is not None and node.now >= since.simulated + rest.simulated + WATCHED

    graph.wait(lasts, 40, 'the robot to rest')
    return node.gate.rule
