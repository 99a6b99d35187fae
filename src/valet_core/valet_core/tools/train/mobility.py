"""`valet train mobility`: base by imitation, specialists by residual RL, generalist by distilling.

./valet train mobility --stage il
./valet train mobility --stage residual --embodiment go1     (one for each body)
./valet train mobility --stage distill
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.provenance import provenance

if TYPE_CHECKING:
    from valet_core.mobility.control.features import FeatureConfig
    from valet_core.mobility.control.networks import PolicyNetwork
    from valet_core.mobility.training.distillation import DistillConfig
    from valet_core.mobility.training.imitation import Examples
    from valet_core.mobility.training.training_drives import MobilityTask

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'train the mobile bases: imitation, residual RL, distillation'
TRAINED = ('carter', 'jackal', 'jackal_real', 'omni', 'forklift', 'go1', 'g1')
IMITATED = ('carter', 'jackal')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--stage', required=True, choices=('il', 'residual', 'distill'))
    parser.add_argument(
        '--embodiment', help='residual: the body; il, distill: several, separated by commas'
    )
    parser.add_argument('--models', type=Path, default=Path('models'), help='(%(default)s)')
    parser.add_argument('--name', help='of the model that is written')
    parser.add_argument(
        '--steps', type=int,
        help='residual: environment steps; distill: steps of each body in a round',
    )  # fmt: skip
    parser.add_argument('--worlds', type=int, default=40, help='of each scene (%(default)s)')
    parser.add_argument('--scratch', action='store_true', help='residual: without the base')
    parser.add_argument('--rnd', type=float, default=0.0, help='residual: weight of RND')
    parser.add_argument('--loss', choices=('kl', 'mse'), default='kl', help='distill')
    parser.add_argument(
        '--compare', action='store_true', help='distill: try both losses on the same examples'
    )
    parser.add_argument('--rounds', type=int, default=4, help='distill (%(default)s)')
    parser.add_argument(
        '--experts', choices=('specialist', 'planner', 'best'), default='best',
        help='distill: whom to follow; best: whichever drives the body better (%(default)s)',
    )
    parser.add_argument(
        '--keyframes', type=int, metavar='N',
        help='distill, by planners: scans that a narrow view remembers, other than 10',
    )  # fmt: skip
    parser.add_argument('--seed', type=int, default=0, help='of everything (%(default)s)')


def run(args: argparse.Namespace) -> int:
    """Train, write the model and what it was measured to do."""
    return {'il': _imitate, 'residual': _residual, 'distill': _distill}[args.stage](args)


def _reporter(history: list[dict[str, Any]]) -> Callable[[dict[str, Any]], None]:
    def report(record: dict[str, Any]) -> None:
        history.append(record)
        print(json.dumps(record), flush=True)

    return report


def _imitate(args: argparse.Namespace) -> int:
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import BASE
    from valet_core.mobility.training.imitation import ImitationConfig, imitate

    names = args.embodiment.split(',') if args.embodiment else list(IMITATED)
    history: list[dict[str, Any]] = []
    config = ImitationConfig(worlds=args.worlds, seed=args.seed)
    details = {'stage': 'il', 'embodiments': names}

    def keep(policy: PolicyNetwork) -> None:
        _write(args, args.name or BASE, policy, details, history)

    imitate([find_embodiment(n) for n in names], config, _reporter(history), keep)
    return 0


def _residual(args: argparse.Namespace) -> int:
    from valet_core.common.errors import InvalidInputError
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import BASE, load_policy, specialist_name
    from valet_core.mobility.training.residual_rl import ResidualConfig, train_residual

    if not args.embodiment:
        raise InvalidInputError('--embodiment: missing; allowed: the name of one body')
    embodiment = find_embodiment(args.embodiment)
    amounts = {'steps': args.steps} if args.steps else {}
    config = ResidualConfig(worlds=args.worlds, seed=args.seed, rnd=args.rnd, **amounts)
    base = None if args.scratch else load_policy(args.models / BASE)
    history: list[dict[str, Any]] = []
    details = {'stage': 'scratch' if args.scratch else 'residual', 'rnd': args.rnd,
               'embodiments': [args.embodiment]}  # fmt: skip
    name = args.name or specialist_name(args.embodiment)

    def keep(policy: PolicyNetwork) -> None:
        _write(args, name, policy, {**details, 'std': history[-1]['std']}, history)

    train_residual(embodiment, base, config, _reporter(history), keep=keep)
    return 0


def _distill(args: argparse.Namespace) -> int:
    from valet_core.common.errors import InvalidInputError
    from valet_core.mobility.control.features import FeatureConfig
    from valet_core.mobility.control.networks import GENERALIST
    from valet_core.mobility.training.distillation import DistillConfig, distill

    features = FeatureConfig()
    if args.keyframes is not None:
        if args.experts != 'planner':
            raise InvalidInputError(
                f'--keyframes: received {args.keyframes} with --experts {args.experts}; allowed: '
                '--experts planner, as specialists have the memory that they were trained with'
            )
        features = FeatureConfig(keyframes=args.keyframes)
    names = args.embodiment.split(',') if args.embodiment else list(TRAINED)
    history: list[dict[str, Any]] = []
    tasks = {name: _task(name, args.worlds, args.seed, 48, features) for name in names}
    experts, chosen = {}, {}
    for name in names:
        experts[name], chosen[name] = _expert(args, name, tasks[name])
        print(json.dumps({name: chosen[name]}), flush=True)
    amounts = {'steps': args.steps} if args.steps else {}
    config = DistillConfig(loss=args.loss, rounds=args.rounds, seed=args.seed, **amounts)
    details = {'stage': 'distill', 'loss': args.loss, 'embodiments': names, 'experts': chosen}

    def keep(policy: PolicyNetwork) -> None:
        _write(args, args.name or GENERALIST, policy, details, history)

    policy, examples = distill(tasks, experts, config, _reporter(history), keep)
    if args.compare:
        _reporter(history)(_compare(args, policy, examples, config, names))
        keep(policy)
    return 0


def _compare(
    args: argparse.Namespace, policy: PolicyNetwork, examples: Examples, config: DistillConfig,
    names: list[str],
) -> dict[str, Any]:
    """Both losses on the same examples: success of new students on validation worlds."""
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import PolicyNetwork as Policy
    from valet_core.mobility.training.distillation import LOSSES, fresh_student
    from valet_core.mobility.training.known_map import KnownMap
    from valet_core.mobility.training.policy_check import check_policy
    from valet_core.mobility.training.training_drives import (
        TRAINING_SEEDS,
        MobilityTask,
        scene_worlds,
    )

    students = {
        loss: Policy(fresh_student(examples, replace(config, loss=loss), policy.features),
                     policy.features)
        for loss in LOSSES
    }  # fmt: skip
    found: dict[str, Any] = {}
    for name in names:
        embodiment = find_embodiment(name)
        bank = scene_worlds(embodiment, args.worlds // 2, TRAINING_SEEDS)
        known = KnownMap(embodiment, bank)
        for loss, student in students.items():
            task = MobilityTask(embodiment, bank, 96, args.seed, None, student.features,
                                known=known)  # fmt: skip
            found.setdefault(name, {})[loss] = check_policy(task, student.act, task.count)
        print(json.dumps({name: found[name]}), flush=True)
    return {'comparison of losses on the same examples, bare, along known ways': found}


def _task(
    name: str, worlds: int, seed: int, robots: int, features: FeatureConfig
) -> MobilityTask:
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.training.training_drives import MobilityTask, training_worlds

    embodiment = find_embodiment(name)
    bank = training_worlds(embodiment, worlds, seed)
    return MobilityTask(embodiment, bank, robots, seed, None, features)


def _expert(args: argparse.Namespace, name: str, task: MobilityTask) -> tuple[Any, dict[str, Any]]:
    """The teacher of a body, and how the candidates drive on the training worlds."""
    import numpy as np

    from valet_core.mobility.control.networks import load_policy, specialist_name
    from valet_core.mobility.training.distillation import PlannerExpert, SpecialistExpert
    from valet_core.mobility.training.policy_check import check_policy

    folder = args.models / specialist_name(name)
    planner = PlannerExpert(task)
    if args.experts == 'planner' or not (folder / 'policy.safetensors').is_file():
        return planner, {'expert': 'planner'}
    std = json.loads((folder / 'config.json').read_text())['std']
    specialist = SpecialistExpert(load_policy(folder), np.array(std))
    if args.experts == 'specialist':
        return specialist, {'expert': 'specialist'}
    found = {}
    for label, expert in (('specialist', specialist), ('planner', planner)):

        def command(x: np.ndarray, expert: Any = expert) -> np.ndarray:
            return expert.targets(task, x)[:, :3]

        found[label] = check_policy(task, command, task.count)
    best = max(found, key=lambda label: (found[label]['success'], label == 'specialist'))
    return {'specialist': specialist, 'planner': planner}[best], {'expert': best, **found}


def _write(
    args: argparse.Namespace, name: str, policy: PolicyNetwork, details: dict[str, Any],
    history: list[dict[str, Any]],
) -> None:
    from valet_core.mobility.control.networks import save_policy

    made = {**provenance(), 'seed': args.seed, 'date': time.strftime('%Y-%m-%d')}
    folder = args.models / name
    save_policy(folder, policy, {**details, **made})
    (folder / 'card.md').write_text(_card(name, details, made['command']), encoding='utf-8')
    record = {'training': history}
    (folder / 'metrics.json').write_text(json.dumps(record, indent=1) + '\n')


STAGES = {
    'il': 'Imitates a planner that knows the map (DAgger).',
    'residual': 'A residual trained by PPO on the frozen base; the residual began at zero.',
    'scratch': 'Trained by PPO without a base: the baseline of the residual.',
    'distill': 'Distilled from experts on its own drives, conditioned on the descriptor of the '
    'body.',
}


def _card(name: str, details: dict[str, Any], command: str) -> str:
    bodies = ', '.join(details['embodiments'])
    return f"""# {name}

{STAGES[details['stage']]} Bodies it was trained on: {bodies}. Nothing was trained or tuned on
`spot` or on the BARN worlds of the benchmark.

Made by `{command}`; settings in config.json, the course of training in metrics.json.

Input: nearness in 64 sectors, the way ahead planned over the scans, goal, speed, last action and
the descriptor of the body (`valet_core.mobility.control.features`). Output: body velocity as a
share of the limits (`valet_core.mobility.body.actions`). It is meant to run behind
`valet_core.mobility.control.command_guard`; without it collisions are several times as frequent.
"""
