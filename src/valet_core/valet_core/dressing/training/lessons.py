"""Writes an archive's best settings as the model folder of a planner that chooses among them."""

import json
import time
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance
from valet_core.dressing.control.taught_planner import arm_directions
from valet_core.dressing.training.demonstrations import read_demonstration
from valet_core.dressing.training.teacher_archive import TeacherArchive
from valet_core.geometry.limb import Limb

__all__ = ['lessons_of', 'write_teacher']


def lessons_of(archive: TeacherArchive) -> list[dict[str, Any]]:
    """A lesson for each cell that was dressed gently; see `taught_planner.Lesson`.

    The arm is that which the teacher saw at first.
    """
    lessons = []
    for row in archive.best():
        if row.get('demonstration'):
            shown = read_demonstration(archive.folder / row['demonstration'])
            side = row['cell']['side']
            directions = arm_directions(Limb(shown.joints[0].astype(float)), side)
            lessons.append({
                'garment': row['cell']['garment']['kind'],
                'directions': directions.round(4).tolist(), **row['setting'],
            })  # fmt: skip
    return lessons


def write_teacher(archive: TeacherArchive, folder: Path) -> int:
    """Write config.json, card.md and metrics.json.

    Returns:
        The number of lessons.
    """
    lessons, rows = lessons_of(archive), archive.rows
    made = {**provenance(), 'date': time.strftime('%Y-%m-%d')}
    config = {'policy': 'teacher', 'lessons': lessons, **made}
    first = [row for row in rows if row['attempt'] == 0]
    best = archive.best()
    metrics = {
        'cells': len(best), 'attempts': len(rows),
        'gentle_as_it_is': sum(row['gentle'] for row in first),
        'gentle_at_best': sum(row['gentle'] for row in best),
        'good_at_best': sum(row['good'] for row in best),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (('config', config), ('metrics', metrics)):
        (folder / f'{name}.json').write_text(json.dumps(value, indent=1) + '\n', encoding='utf-8')
    (folder / 'card.md').write_text(_card(folder.name, made['command'], metrics), 'utf-8')
    return len(lessons)


def _card(name: str, command: str, metrics: dict[str, Any]) -> str:
    return f"""# {name}

The planner, with the setting that dressed the most alike arm and garment of {metrics['cells']}
training cells: {metrics['gentle_as_it_is']} were dressed gently by the planner as it is,
{metrics['gentle_at_best']} by the best setting that {metrics['attempts']} attempts found.
These are training cells: what it does on others is for `./valet eval dressing` to say.

Made by `{command}`; the settings are in config.json.
"""
