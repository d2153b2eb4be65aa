"""Writes the trained network as ONNX with int8 weights, front end included, and its priors.

    python -m starter_en.export MODEL.npz --out FOLDER

FOLDER gets `starter-ph.int8.onnx` (input `pcm[1,N]`, 8 kHz in −1…1; output
`logp[1,T,41]`, 50 frames a second, frame `f` centred on sample `160·f − 80`) and `prior.json`. The graph is
written by hand from the parameters, so that no framework is needed to run it. Nothing is written unless
the float graph computes what JAX computes and the int8 one nearly that. With `--beside` the file holds two
networks, whose log probabilities are averaged: they are wrong about different sounds.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import jax
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from . import features, model, phones, windows
from .train import parameters, saved

OPSET, IR_VERSION = 17, 8
# The speaker is looked at as if smaller and larger than they are, too: an unknown voice is seldom of a known size.
SIZES = (1.0, 0.93, 1.07)
# These stay float: their inputs span many decades, or little is saved.
NOT_QUANTISED = ("mel", "phones")
MOST_DIFFERENCE = 2e-3  # in log probability, float graph against JAX
LEAST_AGREEMENT = 0.985  # share of frames with the same best phone, int8 against float
PROBES = 12


class Graph:
    """Collects nodes and constants; every method gives the name of its result."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def constant(self, name, value):
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def numbers(self, *values):
        return self.constant("i" + "_".join(map(str, values)).replace("-", "m"), np.array(values, np.int64))

    def scalar(self, value):
        return self.constant(f"f{value:g}".replace("-", "m"), np.float32(value))

    def dense(self, p, name, x):
        product = self.node("MatMul", [x, self.constant(name + ".w", p[name + ".w"])], name)
        return self.node("Add", [product, self.constant(name + ".b", p[name + ".b"])], name + ".sum")

    def norm(self, p, name, x):
        scale, shift = (
            self.constant(name + ".scale", p[name + ".scale"]),
            self.constant(name + ".shift", p[name + ".shift"]),
        )
        return self.node("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=1e-5)

    def pad(self, x, before, after, name):
        return self.node("Pad", [x, self.numbers(0, before, 0, 0, after, 0)], name)

    def slice(self, x, start, end, step, name):
        return self.node(
            "Slice", [x, self.numbers(start), self.numbers(end), self.numbers(1), self.numbers(step)], name
        )

    def block(self, p, name, x, step):
        y = self.norm(p, name + ".norm", x)
        padded = self.pad(y, step, step, name + ".padded")
        before = self.slice(padded, 0, -2 * step, 1, name + ".before")
        after = self.slice(padded, 2 * step, LAST, 1, name + ".after")
        spliced = self.node("Concat", [before, y, after], name + ".spliced", axis=2)
        hidden = self.node("Relu", [self.dense(p, name + ".in", spliced)], name + ".relu")
        return self.node("Add", [x, self.dense(p, name + ".out", hidden)], name + ".added")


LAST = np.iinfo(np.int64).max


def front_end(g):
    """`pcm[1,N]` to `mel[SIZES,BANDS,frames]`, as `features.log_mel` with the bands of each size of speaker."""
    half = features.FFT // 2 + 1
    wave = g.node("Unsqueeze", ["pcm", g.numbers(1)], "wave")
    kernel = g.constant("transform", np.ascontiguousarray(features.transform().T[:, None, :]))
    padding = [features.WINDOW // 2] * 2
    spectrum = g.node("Conv", [wave, kernel], "spectrum", strides=[features.HOP], pads=padding)
    squares = g.node("Mul", [spectrum, spectrum], "squares")
    real, imaginary = g.slice(squares, 0, half, 1, "real"), g.slice(squares, half, LAST, 1, "imaginary")
    power = g.node("Transpose", [g.node("Add", [real, imaginary], "power")], "power.rows", perm=[0, 2, 1])
    filters = np.stack([features.mel_filters(size) for size in SIZES])
    bands = g.node("MatMul", [power, g.constant("filters", filters)], "mel")
    floored = g.node("Add", [bands, g.scalar(features.FLOOR)], "mel.floored")
    logs = g.node("Add", [g.node("Log", [floored], "mel.log"), g.scalar(features.OFFSET)], "mel.raised")
    scaled = g.node("Div", [logs, g.scalar(features.SCALE)], "mel.scaled")
    return g.node("Transpose", [scaled], "mel.columns", perm=[0, 2, 1])


def strided(g, p, network, name, columns):
    """`[sizes,width,frames]` to half as many frames, as `model._strided`, and still in columns."""
    width = p[name + ".w"].shape[0] // model.KERNEL
    kernel = p[name + ".w"].reshape(model.KERNEL, width, -1).transpose(2, 1, 0)
    own = network + name
    weights = [g.constant(own + ".w", np.ascontiguousarray(kernel)), g.constant(own + ".b", p[name + ".b"])]
    pads = [model.KERNEL // 2] * 2
    convolved = g.node("Conv", [columns, *weights], own, strides=[model.STRIDE], pads=pads)
    return g.node("Relu", [convolved], own + ".relu")


def network(g, p, name, mel):
    """The log probabilities `[sizes,frames,COUNT]` of one network; its constants are called `name` and what they are."""
    columns = strided(g, p, name, "second", strided(g, p, name, "first", mel))
    x = g.node("Transpose", [columns], name + "trunk", perm=[0, 2, 1])
    p = {name + key: value for key, value in p.items()}
    for i, step in enumerate(model.TRUNK_STEPS):
        x = g.block(p, f"{name}trunk{i}", x, step)
    scores = g.dense(p, name + "phones", g.norm(p, name + "trunk.norm", x))
    scores = g.node("Reshape", [scores, g.numbers(len(SIZES), -1, phones.COUNT)], name + "frames")
    return g.node("LogSoftmax", [scores], name + "each", axis=-1)


def build(networks):
    """The whole graph with float weights: what the networks (name and parameters of each) agree on over all sizes."""
    g = Graph()
    mel = front_end(g)
    each = [network(g, p, name, mel) for name, p in networks.items()]
    together = each[0] if len(each) == 1 else g.node("Concat", each, "together", axis=0)
    agreed = g.node("ReduceMean", [together], "agreed", axes=[0], keepdims=1)
    g.node("LogSoftmax", [agreed], "logp", axis=-1)
    inputs = [helper.make_tensor_value_info("pcm", TensorProto.FLOAT, [1, "samples"])]
    outputs = [helper.make_tensor_value_info("logp", TensorProto.FLOAT, [1, "frames", phones.COUNT])]
    graph = helper.make_graph(g.nodes, "starter-en", inputs, outputs, list(g.constants.values()))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(made)
    return made


def runner(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda pcm: session.run(None, {"pcm": pcm[None].astype(np.float32)})[0][0]


def probes(corpus, seed):
    """A few utterances with silence around them, of odd lengths."""
    r = np.random.default_rng(seed)
    corpus = windows.Corpus(corpus)
    for i in r.choice(len(corpus.utterances), PROBES):
        pcm = corpus.read(corpus.utterances[i])[0] * np.float32(0.6)
        yield np.pad(pcm, (1_600, int(r.integers(1_600, 3_200))))


def agreed(networks, pcm):
    """What the graph should compute, by JAX."""
    mels = np.stack([features.log_mel(pcm, size) for size in SIZES])
    each = [np.asarray(jax.nn.log_softmax(model.logits(p, mels))) for p in networks.values()]
    return np.asarray(jax.nn.log_softmax(np.concatenate(each).mean(0)))


def check(networks, exact, small, corpus, seed):
    """Both graphs on real inputs; exits with a reason when they compute something else."""
    differences, same, frames = [], 0, 0
    for pcm in probes(corpus, seed):
        wanted = agreed(networks, pcm)
        one, other = exact(pcm), small(pcm)
        if one.shape != wanted.shape or other.shape != wanted.shape:
            sys.exit(f"export: the graph gives {one.shape}, JAX {wanted.shape}")
        differences.append(float(np.abs(one - wanted).max()))
        same += int((one.argmax(-1) == other.argmax(-1)).sum())
        frames += len(one)
    print(f"export: float graph against JAX: {max(differences):.1e} at most", flush=True)
    print(f"export: int8 against float: {100 * same / frames:.2f} % of {frames} frames agree", flush=True)
    if max(differences) > MOST_DIFFERENCE or same < LEAST_AGREEMENT * frames:
        sys.exit("export: the graphs differ too much; nothing was written")


def export(trained, out, corpus, seed, beside=None):
    networks = {"": saved(trained)}
    if beside:
        networks["beside."] = saved(beside)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        exact, small = pathlib.Path(folder) / "float.onnx", pathlib.Path(folder) / "int8.onnx"
        made = build(networks)
        onnx.save(made, exact)
        kept = [n.name for n in made.graph.node if n.op_type == "MatMul" and n.name.endswith(NOT_QUANTISED)]
        quantize_dynamic(
            exact,
            small,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=kept,
            per_channel=True,
        )
        check(networks, runner(exact), runner(small), corpus, seed)
        small.rename(out / "starter-ph.int8.onnx")
    seen = np.load(trained)["seen"]
    prior = [round(float(n), 8) for n in seen / seen.sum()]
    (out / "prior.json").write_text(json.dumps(prior), encoding="utf-8")
    print(f"export: {out / 'starter-ph.int8.onnx'} and prior.json are ready", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("trained", type=pathlib.Path)
    options.add_argument("--out", type=pathlib.Path, required=True)
    options.add_argument("--corpus", type=pathlib.Path, nargs="+", required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--beside", type=pathlib.Path, help="another model.npz or .onnx, to be averaged with this one")
    options = options.parse_args()
    export(options.trained, options.out, options.corpus, options.seed, options.beside)


if __name__ == "__main__":
    main()
