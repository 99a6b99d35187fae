"""Distances of an embedding from those of successes, without a network."""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.scores.score import RowScore, embedding_rows
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['Mahalanobis', 'NearestCentroid']


class Mahalanobis(RowScore):
    """Distance in deviations of the embeddings, with a covariance shrunk after Ledoit and Wolf."""

    name = 'mahalanobis'

    def __init__(self, standard: Standard, whiten: np.ndarray) -> None:
        """Take the fitted parts.

        Args:
            standard: of the embedding.
            whiten: by which its product has unit covariance. Shape (D, D).
        """
        self._standard, self._whiten = standard, np.ascontiguousarray(whiten, np.float32)

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Mean and covariance of the embeddings."""
        rows = embedding_rows(episodes)
        standard = Standard.of(rows)
        values, vectors = np.linalg.eigh(shrunk_covariance(standard(rows).astype(float)))
        return cls(standard, vectors.T / np.sqrt(np.maximum(values, 1e-9))[:, None])

    def value(self, step: TraceStep) -> float:
        """The distance."""
        white = self._whiten @ self._standard(step.embedding)
        return math.sqrt(float(white @ white))

    def tensors(self) -> dict[str, np.ndarray]:
        """Mean, scale and the whitening matrix."""
        return {**self._standard.tensors(), 'whiten': self._whiten}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `tensors`."""
        return cls(Standard.restore(tensors), tensors['whiten'])


def shrunk_covariance(rows: np.ndarray) -> np.ndarray:
    """Covariance of centred rows (N, D), moved to a multiple of the unit matrix (Ledoit, Wolf).

    By as much as makes the expected error least: all the way for a single row.
    """
    count, size = rows.shape
    sample = rows.T @ rows / count
    mean = float(np.trace(sample)) / size
    apart = float(np.sum((sample - mean * np.eye(size)) ** 2))
    squares = float(np.sum(np.sum(rows**2, axis=1) ** 2))
    noise = (squares / count - float(np.sum(sample**2))) / count
    share = 1.0 if apart <= 0.0 else min(1.0, max(0.0, noise) / apart)
    return (1.0 - share) * sample + share * max(mean, 1e-9) * np.eye(size)


class NearestCentroid(RowScore):
    """PCA-kmeans: distance to the nearest of some centroids, among principal components."""

    name = 'pca_kmeans'

    def __init__(self, standard: Standard, axes: np.ndarray, centroids: np.ndarray) -> None:
        """Take the fitted parts.

        Args:
            standard: of the embedding.
            axes: principal components. Shape (K, D).
            centroids: shape (C, K).
        """
        self._standard = standard
        self._axes = np.ascontiguousarray(axes, np.float32)
        self._centroids = np.ascontiguousarray(centroids, np.float32)

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Principal components of the embeddings, and centroids among them."""
        from scipy.cluster.vq import kmeans2

        rows = embedding_rows(episodes)
        standard = Standard.of(rows)
        scaled = standard(rows)
        axes = np.linalg.svd(scaled, full_matrices=False)[2][: settings.components]
        projected = (scaled @ axes.T).astype(float)
        unique = len(np.unique(projected, axis=0))
        centroids, _ = kmeans2(
            projected, min(settings.clusters, unique), iter=30, minit='++', missing='warn',
            rng=np.random.default_rng(seed),
        )  # fmt: skip
        return cls(standard, axes, centroids)

    def value(self, step: TraceStep) -> float:
        """The distance."""
        apart = self._centroids - self._axes @ self._standard(step.embedding)
        return math.sqrt(float(np.min(np.sum(apart * apart, axis=1))))

    def tensors(self) -> dict[str, np.ndarray]:
        """Mean, scale, axes and centroids."""
        return {**self._standard.tensors(), 'axes': self._axes, 'centroids': self._centroids}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `tensors`."""
        return cls(Standard.restore(tensors), tensors['axes'], tensors['centroids'])
