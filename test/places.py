"""Where the repository and its files are."""

from pathlib import Path

__all__ = ['CONFIG', 'DATA', 'EMBODIMENTS', 'ROOT']

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'config'
EMBODIMENTS = CONFIG / 'embodiments'
DATA = ROOT / 'test' / 'data'
