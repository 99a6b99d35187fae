"""What a student is fitted by where an expert tells means and spreads of A actions."""

import torch

__all__ = ['LOSSES', 'LOG_STD', 'gaussian_kl', 'mean_error']

LOG_STD = (-4.0, 0.5)  # a student's log-spreads beyond these count as these


def gaussian_kl(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean over the batch of KL(target || output) of diagonal Gaussians [nat].

    Args:
        output: means and log-spreads, (B, 2 A).
        target: means and spreads, (B, 2 A).
    """
    size = output.shape[1] // 2
    mean, log_std = output[:, :size], output[:, size:].clamp(*LOG_STD)
    wanted, std = target[:, :size], target[:, size:]
    variance = torch.exp(2.0 * log_std)
    kl = log_std - torch.log(std) + (std**2 + (wanted - mean) ** 2) / (2.0 * variance) - 0.5
    return kl.sum(dim=1).mean()


def mean_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the means alone, of the same arguments as `gaussian_kl`."""
    size = output.shape[1] // 2
    return ((output[:, :size] - target[:, :size]) ** 2).mean()


LOSSES = {'kl': gaussian_kl, 'mse': mean_error}
