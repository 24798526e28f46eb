"""Train a small classifier in plain numpy and keep what its hidden layer sees on the way.

One hidden layer of rectified units, softmax, cross-entropy, and stochastic gradient descent with momentum
and weight decay (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, sections 6.5, 7.1 and 8.3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Training:
    """How the network is trained.

    Attributes
    ----------
    hidden
        Number of hidden units h.
    batch
        Images in one step.
    learning_rate, momentum, weight_decay
        Of stochastic gradient descent; weights decay, offsets do not.
    """

    hidden: int = 32
    batch: int = 32
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.002


@dataclass(frozen=True)
class Network:
    """Weights and offsets; the arrays are changed in place while training.

    Attributes
    ----------
    W, b
        Into the hidden layer: shapes (d, h) and (h,).
    V, c
        Into the classes: shapes (h, classes) and (classes,).
    """

    W: Floats
    b: Floats
    V: Floats
    c: Floats

    def parameters(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Give the four arrays."""
        return self.W, self.b, self.V, self.c


@dataclass(frozen=True)
class Snapshot:
    """The network at the end of one epoch.

    Attributes
    ----------
    epoch
        0 is the random initialisation.
    hidden
        float64, shape (n, h): activations of the hidden layer, zero or more.
    accuracy
        Share of the training images classified correctly, 0 to 1.
    """

    epoch: int
    hidden: Floats
    accuracy: float


def snapshots(
    X: Floats, y: Ints, *, epochs: Collection[int], seed: int, training: Training | None = None
) -> Iterator[Snapshot]:
    """Train until the last of `epochs` and give the network at each of them.

    Parameters
    ----------
    X
        float64, shape (n, d), about 0 to 1.
    y
        int64, shape (n,): classes from 0 on.
    epochs
        Epochs to record; 0 is the random initialisation.
    seed
        Decides the initialisation and the order of the images; nothing else is random.
    training
        Settings; None: the defaults of `Training`.

    Yields
    ------
    Snapshot
        In the order of the epochs.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.repeat(np.eye(2), 50, axis=0), np.repeat([0, 1], 50)
    >>> [shot.accuracy for shot in snapshots(X, y, epochs=[20], seed=0)]
    [1.0]
    """
    training = training or Training()
    rng = np.random.default_rng(seed)
    network = _initialize(rng, X.shape[1], training.hidden, int(y.max()) + 1)
    velocities = [np.zeros_like(parameter) for parameter in network.parameters()]
    for epoch in range(max(epochs) + 1):
        if epoch > 0:
            _train_epoch(network, velocities, X, y, rng.permutation(len(X)), training)
        if epoch in epochs:
            hidden = _hidden(network, X)
            correct = (hidden @ network.V + network.c).argmax(axis=1) == y
            yield Snapshot(epoch, hidden, float(correct.mean()))


def _initialize(rng: np.random.Generator, d: int, h: int, classes: int) -> Network:
    """Draw weights with the variance of He et al. (ICCV 2015), which keeps rectified activations in scale."""
    W = rng.normal(0.0, np.sqrt(2.0 / d), (d, h))
    V = rng.normal(0.0, np.sqrt(1.0 / h), (h, classes))
    return Network(W, np.zeros(h), V, np.zeros(classes))


def _hidden(network: Network, X: Floats) -> Floats:
    return np.maximum(X @ network.W + network.b, 0.0)


def _train_epoch(
    network: Network, velocities: list[Floats], X: Floats, y: Ints, order: Ints, training: Training
) -> None:
    """Change `network` and `velocities` in place by one pass over the images."""
    for start in range(0, len(order), training.batch):
        rows = order[start : start + training.batch]
        slopes = gradients(network, X[rows], y[rows], weight_decay=training.weight_decay)
        for parameter, velocity, slope in zip(network.parameters(), velocities, slopes, strict=True):
            velocity *= training.momentum
            velocity -= training.learning_rate * slope
            parameter += velocity


def gradients(
    network: Network, X: Floats, y: Ints, *, weight_decay: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the gradients of mean cross-entropy plus weight_decay / 2 times the squared weights.

    Parameters
    ----------
    network
        Not modified.
    X, y
        Images of shape (n, d) and their classes of shape (n,).
    weight_decay
        Of W and V; 0 or more.

    Returns
    -------
    tuple
        With respect to W, b, V and c, in their shapes.
    """
    hidden = _hidden(network, X)
    errors = _softmax(hidden @ network.V + network.c)
    errors[np.arange(len(y)), y] -= 1.0
    errors /= len(y)
    behind = (errors @ network.V.T) * (hidden > 0.0)
    return (
        X.T @ behind + weight_decay * network.W,
        behind.sum(axis=0),
        hidden.T @ errors + weight_decay * network.V,
        errors.sum(axis=0),
    )


def _softmax(logits: Floats) -> Floats:
    exponentials: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials
