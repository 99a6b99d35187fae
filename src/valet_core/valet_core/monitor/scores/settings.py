"""How scores are made: sizes of networks, cells, neighbours."""

from dataclasses import dataclass

from valet_core.common.config import check, setting

__all__ = ['ScoreSettings', 'TrainingSettings']


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained (AdamW, cosine rate, early stop)."""

    rate: float = setting(1e-3, 'learning rate at the start', '', 1e-6, 1.0)
    final_rate: float = setting(1e-5, 'learning rate at the end', '', 0.0, 1.0)
    weight_decay: float = setting(1e-5, 'of AdamW', '', 0.0, 1.0)
    batch: int = setting(256, 'rows a step', '', 1, 65536)
    epochs: int = setting(250, 'at most', '', 1, 10000)
    patience: int = setting(7, 'epochs without a better one after which it ends', '', 1, 1000)
    held_out: float = setting(0.1, 'share of rows that tell the better epoch', '', 0.0, 0.5)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class ScoreSettings:
    """Of all scores. Small by default, so that all of them fit a millisecond on one core.

    FIPER's own networks are target (1024, 2048, 4096), predictor (1024, 2048, 4096, 2048, 1024)
    and 512 outputs: 84 MB.
    """

    target: tuple[int, ...] = setting((128, 256), 'hidden widths of the fixed network of RND')
    predictor: tuple[int, ...] = setting((128, 256, 128), 'hidden widths of its predictor')
    outputs: int = setting(64, 'numbers that the predictor predicts', '', 1, 4096)
    flow: tuple[int, ...] = setting((128, 256), 'hidden widths of the flow')
    training: TrainingSettings = TrainingSettings()
    position: tuple[int, ...] = setting(
        (0, 1, 2), 'numbers of an action that make the position, for the entropy', '', 0, 1000
    )
    integrate: bool = setting(True, 'whether these are velocities, to be summed to positions')
    cell: float = setting(0.03, "edge of a cell as a share of the positions' range", '', 1e-4, 1.0)
    components: int = setting(10, 'principal components', '', 1, 512)
    clusters: int = setting(64, 'centroids', '', 1, 4096)
    lag: int = setting(5, 'how far ahead the embedding is foreseen', 'steps', 1, 1000)
    dwell_lag: int = setting(20, 'how far back it may have been the same', 'steps', 1, 1000)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
