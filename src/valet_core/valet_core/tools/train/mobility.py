"""`valet train mobility`: base by imitation, specialists by residual RL, generalist by distilling.

./valet train mobility --stage il
./valet train mobility --stage residual --embodiment go1     (one for each body)
./valet train mobility --stage distill
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valet_core.learning.dagger import DaggerConfig
    from valet_core.mobility.control.features import FeatureConfig
    from valet_core.mobility.control.networks import PolicyNetwork

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'train the mobile bases: imitation, residual RL, distillation'
TRAINED = ('carter', 'jackal', 'jackal_real', 'omni', 'forklift', 'go1', 'g1')
IMITATED = ('carter', 'jackal')
ROBOTS = {'il': 64, 'residual': 128, 'distill': 48}
COMPARED_ROBOTS = 96

Report = Callable[[dict[str, Any]], None]
Keep = Callable[['PolicyNetwork'], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--stage', required=True, choices=tuple(ROBOTS))
    parser.add_argument(
        '--embodiment', help='residual: the body; il, distill: several, separated by commas'
    )
    parser.add_argument('--models', type=Path, default=Path('models'), help='(%(default)s)')
    parser.add_argument('--name', help='of the model that is written')
    parser.add_argument(
        '--steps', type=int,
        help='residual: environment steps; il, distill: steps of each body in a round',
    )  # fmt: skip
    parser.add_argument('--rounds', type=int, help='il (5), distill (4)')
    parser.add_argument('--worlds', type=int, default=40, help='of each scene (%(default)s)')
    parser.add_argument(
        '--robots', type=int,
        help='of a body at once ('
        + ', '.join(f'{stage}: {count}' for stage, count in ROBOTS.items())
        + f', --compare: {COMPARED_ROBOTS})',
    )  # fmt: skip
    parser.add_argument('--scratch', action='store_true', help='residual: without the base')
    parser.add_argument('--rnd', type=float, default=0.0, help='residual: weight of RND')
    parser.add_argument('--loss', choices=('kl', 'mse'), default='kl', help='distill')
    parser.add_argument(
        '--compare', action='store_true', help='distill: try both losses on the same examples'
    )
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
    args.compared = COMPARED_ROBOTS if args.robots is None else args.robots
    args.robots = ROBOTS[args.stage] if args.robots is None else args.robots
    {'il': _imitate, 'residual': _residual, 'distill': _distill}[args.stage](args)
    return 0


def _imitate(args: argparse.Namespace) -> None:
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import BASE
    from valet_core.mobility.training.imitation import ImitationConfig, imitate
    from valet_core.mobility.training.training_drives import make_drives

    names = args.embodiment.split(',') if args.embodiment else list(IMITATED)
    config = ImitationConfig(seed=args.seed)
    config = replace(config, dagger=_amounts(args, config.dagger))
    fleets = [make_drives(find_embodiment(n), args.worlds, args.robots, args.seed) for n in names]
    details = {'stage': 'il', 'embodiments': names}
    imitate(fleets, config, *_records(args, args.name or BASE, details))


def _residual(args: argparse.Namespace) -> None:
    from valet_core.common.errors import InvalidInputError
    from valet_core.learning.ppo import PpoConfig
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import BASE, load_policy, specialist_name
    from valet_core.mobility.training.specialists import SpecialistConfig, train_specialist
    from valet_core.mobility.training.training_drives import make_drives

    if not args.embodiment:
        raise InvalidInputError('--embodiment: missing; allowed: the name of one body')
    config = SpecialistConfig(seed=args.seed, ppo=PpoConfig(rnd=args.rnd))
    if args.steps is not None:
        config = replace(config, steps=args.steps)
    base = None if args.scratch else load_policy(args.models / BASE)
    features = None if base is None else base.features
    body = find_embodiment(args.embodiment)
    drives = make_drives(body, args.worlds, args.robots, args.seed, features)
    details = {'stage': 'scratch' if args.scratch else 'residual', 'rnd': args.rnd,
               'embodiments': [args.embodiment]}  # fmt: skip
    name = args.name or specialist_name(args.embodiment)
    train_specialist(drives, base, config, *_records(args, name, details))


def _distill(args: argparse.Namespace) -> None:
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.networks import GENERALIST
    from valet_core.mobility.training.distillation import DistillConfig, distill
    from valet_core.mobility.training.expert_choice import choose_expert
    from valet_core.mobility.training.loss_comparison import compare_losses
    from valet_core.mobility.training.training_drives import make_drives

    features = _features(args)
    names = args.embodiment.split(',') if args.embodiment else list(TRAINED)
    bodies = {name: find_embodiment(name) for name in names}
    fleets = {
        name: make_drives(body, args.worlds, args.robots, args.seed, features, args.seed)
        for name, body in bodies.items()
    }
    experts, chosen = {}, {}
    for name, drives in fleets.items():
        experts[name], chosen[name] = choose_expert(args.experts, drives, args.models)
        _show({name: chosen[name]})
    config = DistillConfig(loss=args.loss, seed=args.seed)
    config = replace(config, dagger=_amounts(args, config.dagger))
    details = {'stage': 'distill', 'loss': args.loss, 'embodiments': names, 'experts': chosen}
    report, keep = _records(args, args.name or GENERALIST, details)
    policy, examples = distill(fleets, experts, config, report, keep)
    if args.compare:
        found = compare_losses(list(bodies.values()), examples, config, features,
                               max(args.worlds // 2, 1), args.compared, _show)  # fmt: skip
        report({'comparison of losses on the same examples, bare, along known ways': found})
        keep(policy)


def _features(args: argparse.Namespace) -> FeatureConfig:
    from valet_core.common.errors import InvalidInputError
    from valet_core.mobility.control.features import FeatureConfig

    if args.keyframes is None:
        return FeatureConfig()
    if args.experts != 'planner':
        raise InvalidInputError(
            f'--keyframes: received {args.keyframes} with --experts {args.experts}; allowed: '
            '--experts planner, as specialists have the memory that they were trained with'
        )
    return FeatureConfig(keyframes=args.keyframes)


def _amounts(args: argparse.Namespace, usual: DaggerConfig) -> DaggerConfig:
    """The usual steps of each round, or those of --steps in as many rounds as --rounds says."""
    rounds = len(usual.steps) if args.rounds is None else args.rounds
    if args.steps is not None:
        return replace(usual, steps=(args.steps,) * rounds)
    more = (usual.steps[-1],) * (rounds - len(usual.steps))
    return replace(usual, steps=usual.steps[:max(rounds, 0)] + more)


def _records(args: argparse.Namespace, name: str, details: dict[str, Any]) -> tuple[Report, Keep]:
    """What keeps and shows the records of a training, and what writes its model so far."""
    history: list[dict[str, Any]] = []

    def report(record: dict[str, Any]) -> None:
        history.append(record)
        _show(record)

    def keep(policy: PolicyNetwork) -> None:
        from valet_core.mobility.training.trained_model import write_model

        # A specialist's config says the spread that it ended with: distilling needs it.
        spread = {'std': history[-1]['std']} if 'std' in history[-1] else {}
        about = {**details, **spread, 'seed': args.seed}
        write_model(args.models / name, policy, about, history)

    return report, keep


def _show(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)
