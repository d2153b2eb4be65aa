"""The network: log-mel frames to the scores of 41 phones, 50 times a second, in JAX.

Two strided layers bring 100 frames a second to 25, seven residual blocks look at their neighbours there
(in all 0.6 s to each side), and two frames of 20 ms are read out of every one of 40 ms. It is all matrix
products over spliced frames, which processors without a GPU do well. 4 million parameters.
"""

import jax
import jax.numpy as jnp
import numpy as np

from .features import BANDS
from .phones import COUNT

FIRST = 192  # width after the first layer, 50 frames a second
TRUNK, TRUNK_HIDDEN = 192, 704
TRUNK_STEPS = (1, 1, 2, 2, 4, 4, 1)  # how many frames of 40 ms each block looks to either side
KERNEL, STRIDE = 5, 2


def initial(seed):
    """Parameters: a flat dict of float32 arrays. Matrices are `[in, out]`."""
    r = np.random.default_rng(seed)
    parameters = {}

    def dense(name, inputs, outputs, gain=1.0):
        parameters[name + ".w"] = (r.standard_normal((inputs, outputs)) * gain / np.sqrt(inputs)).astype(np.float32)
        parameters[name + ".b"] = np.zeros(outputs, np.float32)

    def norm(name, width):
        parameters[name + ".scale"], parameters[name + ".shift"] = (
            np.ones(width, np.float32),
            np.zeros(width, np.float32),
        )

    def block(name, width, hidden):
        norm(name + ".norm", width)
        dense(name + ".in", 3 * width, hidden, np.sqrt(2))
        dense(name + ".out", hidden, width, 0.5)

    dense("first", KERNEL * BANDS, FIRST, np.sqrt(2))
    dense("second", KERNEL * FIRST, TRUNK, np.sqrt(2))
    for i in range(len(TRUNK_STEPS)):
        block(f"trunk{i}", TRUNK, TRUNK_HIDDEN)
    norm("trunk.norm", TRUNK)
    dense("phones", TRUNK, 2 * COUNT)
    return parameters


def widened(narrower, seed):
    """The parameters of a network with fewer hidden units in its blocks, given more of them that say nothing yet:
    it computes the same. Values that do not fit are left as they are."""
    fuller = initial(seed)
    for name, new in fuller.items():
        old = narrower[name]
        if old.shape == new.shape or old.ndim != new.ndim or any(o > n for o, n in zip(old.shape, new.shape, strict=True)):
            fuller[name] = old
            continue
        if name.endswith(".out.w"):
            new[:] = 0
        new[tuple(slice(n) for n in old.shape)] = old
    return fuller


def frames_out(frames_in):
    """How many frames of 20 ms come of so many of 10 ms."""
    first = (frames_in - 1) // STRIDE + 1
    return 2 * ((first - 1) // STRIDE + 1)


def _dense(p, name, x):
    return x @ p[name + ".w"] + p[name + ".b"]


def _norm(p, name, x):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * p[name + ".scale"] + p[name + ".shift"]


def _strided(p, name, x):
    """Every second frame with two neighbours to each side, through one matrix."""
    half = KERNEL // 2
    length = (x.shape[1] - 1) // STRIDE + 1
    padded = jnp.pad(x, ((0, 0), (half, half + STRIDE), (0, 0)))
    parts = [padded[:, k : k + STRIDE * length : STRIDE] for k in range(KERNEL)]
    return jax.nn.relu(_dense(p, name, jnp.concatenate(parts, -1)))


def _block(p, name, x, step, mask):
    y = _norm(p, name + ".norm", x)
    padded = jnp.pad(y, ((0, 0), (step, step), (0, 0)))
    spliced = jnp.concatenate([padded[:, : -2 * step], y, padded[:, 2 * step :]], -1)
    hidden = jax.nn.relu(_dense(p, name + ".in", spliced))
    return x + _dense(p, name + ".out", hidden if mask is None else hidden * mask)


def logits(p, mel, key=None, drop=0.0):
    """`mel[batch, frames, BANDS]` to `[batch, frames_out(frames), COUNT]`. With a `key`, hidden units are
    left out with the chance `drop`, each for a whole stretch of speech."""

    def mask(width):
        nonlocal key
        if key is None:
            return None
        key, now = jax.random.split(key)
        return jax.random.bernoulli(now, 1 - drop, (mel.shape[0], 1, width)).astype(mel.dtype) / (1 - drop)

    x = _strided(p, "second", _strided(p, "first", mel))
    for i, step in enumerate(TRUNK_STEPS):
        x = _block(p, f"trunk{i}", x, step, mask(TRUNK_HIDDEN))
    return _dense(p, "phones", _norm(p, "trunk.norm", x)).reshape(mel.shape[0], -1, COUNT)
