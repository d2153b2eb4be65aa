"""Trains the acoustic model on one thread, beside one process that makes the examples.

    python -m starter_en.train CORPUS... --out FOLDER --minutes 40 --seed 1

The minutes are of that thread's processor time, so that a busy machine trains longer and not less.

Cross-entropy on the label of each 20 ms frame, AdamW with a cosine, and the moving average of the
parameters as the result: `FOLDER/model.npz`, which also holds how often each phone was seen. Every two
minutes everything is written to `FOLDER/checkpoint.npz`; training broken off goes on from there. Equal
seeds give equal examples in equal order, but how many there are depends on the machine.
"""

import argparse
import math
import multiprocessing
import os
import pathlib
import signal
import sys
import threading
import time

# Before JAX is loaded: one thread, since the other core makes the examples.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import jax
import jax.numpy as jnp
import numpy as np

from . import model, phones, shipped, windows

BATCH = 6  # windows, 38 seconds
PEAK_RATE, LEAST_RATE, WARM_UP_STEPS = 2e-3, 1e-6, 100
FULL_STRENGTH_AT = 0.25  # share of the training after which the examples are spoilt as much as they will be
LEAST_STRENGTH = 0.3
SMOOTHING = 0.02
DROP = 0.05
DECAY = 0.01
BETA1, BETA2, EPSILON = 0.9, 0.98, 1e-8
MOST_NORM = 1.0
AVERAGE_STEPS = 500
SAVE_S, SAY_STEPS = 120, 50


def loss_of(parameters, mel, labels, key):
    """`(mean loss, (share of speech frames right))`."""
    scores = jax.nn.log_softmax(model.logits(parameters, mel, key, DROP))
    known = labels != phones.IGNORED
    target = jnp.where(known, labels, 0).astype(jnp.int32)
    chosen = jnp.take_along_axis(scores, target[..., None], -1)[..., 0]
    each = (1 - SMOOTHING) * chosen + SMOOTHING * scores.mean(-1)
    speech = known & (target != phones.SILENCE)
    right = (scores.argmax(-1) == target) & speech
    return -(each * known).sum() / known.sum(), right.sum() / jnp.maximum(speech.sum(), 1)


@jax.jit
def step_of(state, mel, labels, key, rate):
    """One step of AdamW (Loshchilov & Hutter, 2019) with clipped gradients."""
    parameters, first, second, average, count = state
    (loss, right), gradient = jax.value_and_grad(loss_of, has_aux=True)(
        parameters, mel.astype(jnp.float32), labels, key
    )
    norm = jnp.sqrt(sum((g * g).sum() for g in gradient.values()))
    shrink = jnp.minimum(1.0, MOST_NORM / (norm + 1e-6))
    count = count + 1
    keep = jnp.minimum(1 - 1 / AVERAGE_STEPS, 1 - 1 / (count + 1.0))
    new = ({}, {}, {}, {})
    for name, p in parameters.items():
        g = gradient[name] * shrink
        m = BETA1 * first[name] + (1 - BETA1) * g
        v = BETA2 * second[name] + (1 - BETA2) * g * g
        move = (m / (1 - BETA1**count)) / (jnp.sqrt(v / (1 - BETA2**count)) + EPSILON)
        p = p - rate * (move + DECAY * p * (p.ndim > 1))
        for into, value in zip(new, (p, m, v, keep * average[name] + (1 - keep) * p), strict=True):
            into[name] = value
    return (*new, count), loss, right


def rate_at(step, share, peak):
    """Learning rate after `share` of the time."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    return peak * min(1.0, (step + 1) / WARM_UP_STEPS) * cosine + LEAST_RATE


def make_examples(queue, share, folders, seed):
    """The other process: batches of windows, the corpus looked at anew before each pass."""
    drawn = 0
    passes = 0
    while True:
        corpus = windows.Corpus(folders)
        source = windows.Windows(corpus, seed + 1_000 * passes)
        passes += 1
        print(f"train: pass {passes} over {corpus.hours():.1f} hours", flush=True)
        while source.passes <= 1:
            strength = min(1.0, LEAST_STRENGTH + (1 - LEAST_STRENGTH) * share.value / FULL_STRENGTH_AT)
            batch = [source.draw(strength) for _ in range(BATCH)]
            queue.put((np.stack([m for m, _ in batch]).astype(np.float16), np.stack([w for _, w in batch])))
            drawn += 1


class Progress:
    """What a training broken off needs to go on: the state of the optimiser, counts and seconds spent."""

    def __init__(self, folder, start):
        self.file = folder / "checkpoint.npz"
        self.result = folder / "model.npz"
        self.seen = np.zeros(phones.COUNT)
        self.seconds = 0.0
        zeros = {name: np.zeros_like(p) for name, p in start.items()}
        self.state = (start, zeros, zeros, start, np.float32(0))
        if self.file.exists():
            self._load()

    def _load(self):
        with np.load(self.file) as saved:
            trees = [{name: saved[f"{i}/{name}"] for name in self.state[0]} for i in range(4)]
            self.state = (*trees, saved["count"])
            self.seen, self.seconds = saved["seen"], float(saved["seconds"])

    def save(self):
        values = {f"{i}/{name}": np.asarray(v) for i in range(4) for name, v in self.state[i].items()}
        rest = {"count": np.asarray(self.state[4]), "seen": self.seen, "seconds": self.seconds}
        _write(self.file, values | rest)
        averages = {name: np.asarray(v) for name, v in self.state[3].items()}
        _write(self.result, averages | {"seen": self.seen})


def _write(file, arrays):
    unfinished = file.with_suffix(".unfinished.npz")
    np.savez(unfinished, **arrays)
    unfinished.rename(file)


def train(folders, out, minutes, seed, start=None, peak=PEAK_RATE):
    """Trains until so many minutes are spent, those of an earlier run counted in, or until told to stop (`False`).
    `start` are parameters to begin with, those of chance where there are none."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    out.mkdir(parents=True, exist_ok=True)
    progress = Progress(out, start or model.initial(seed))
    context = multiprocessing.get_context("spawn")
    queue, share = context.Queue(8), context.Value("d", progress.seconds / (60 * minutes))
    examples = (queue, share, folders, seed + int(progress.seconds))
    maker = context.Process(target=make_examples, args=examples, daemon=True)
    maker.start()
    try:
        run(progress, queue, share, minutes, jax.random.key(seed), stop, peak)
    finally:
        maker.terminate()
        progress.save()
    return not stop.is_set()


def run(progress, queue, share, minutes, key, stop, peak):
    """The loop of `train`; `share` tells the other process how far it is."""
    last, saved = time.process_time(), time.monotonic()
    means = None
    while progress.seconds < 60 * minutes and not stop.is_set():
        mel, labels = queue.get(timeout=300)
        step = int(progress.state[4])
        rate = rate_at(step, share.value, peak)
        progress.state, *now = step_of(progress.state, mel, labels, jax.random.fold_in(key, step), rate)
        progress.seen += np.bincount(labels[labels != phones.IGNORED], minlength=phones.COUNT)
        now = np.array(now)
        means = now if means is None else 0.98 * means + 0.02 * now
        spent, last = time.process_time() - last, time.process_time()
        progress.seconds += spent
        share.value = progress.seconds / (60 * minutes)
        if step % SAY_STEPS == 0:
            print(
                f"train: {progress.seconds / 60:.1f} of {minutes:g} minutes, step {step}, loss {means[0]:.3f}, "
                f"{100 * means[1]:.1f} % of speech frames right, {queue.qsize()} batches waiting",
                flush=True,
            )
        if time.monotonic() - saved > SAVE_S:
            progress.save()
            saved = time.monotonic()


def saved(file):
    """The parameters of a `model.npz`, or of a file that was exported, as wide as they are."""
    if file.suffix == ".onnx":
        return shipped.parameters(file)
    try:
        with np.load(file) as arrays:
            return {name: arrays[name] for name in arrays.files if name != "seen"}
    except (OSError, ValueError) as e:
        sys.exit(f"train: {file} cannot be read: {e}")


def parameters(file):
    """Those of `saved`, widened to this network where its blocks are narrower."""
    found, wanted = saved(file), model.initial(0)
    fuller = model.widened(found, 0) if found.keys() >= wanted.keys() else {}
    for name, value in wanted.items():
        if name not in fuller or fuller[name].shape != value.shape:
            sys.exit(f"train: {file} is of another network: {name} is not there in the shape {value.shape}")
    return {name: fuller[name] for name in wanted}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=pathlib.Path, nargs="+")
    options.add_argument("--out", type=pathlib.Path, required=True)
    options.add_argument("--minutes", type=float, default=40.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--start", type=pathlib.Path, help="a model.npz or .onnx to go on from, not from chance")
    options.add_argument("--rate", type=float, default=PEAK_RATE, help="highest learning rate; a start wants less")
    options = options.parse_args()
    if not windows.Corpus(options.corpus).utterances:
        sys.exit(f"train: no rendered speech in {', '.join(map(str, options.corpus))}")
    start = parameters(options.start) if options.start else None
    if not train(options.corpus, options.out, options.minutes, options.seed, start, options.rate):
        sys.exit("train: stopped; the same command goes on from here")


if __name__ == "__main__":
    main()
