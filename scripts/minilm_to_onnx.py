#!/usr/bin/env python3
"""Turn the all-MiniLM-L6-v2 weights into one ONNX file with int8 weights.

Usage: minilm_to_onnx.py FOLDER OUT

FOLDER holds `model.safetensors` and `tokenizer.json`. OUT becomes a graph with the inputs `input_ids`
and `attention_mask` (int64, [batch, length]) and the output `embedding` (float32, [batch, 384], unit
length): a six-layer BERT encoder, the mean over the unmasked tokens, and the L2 norm.

The graph is written by hand from the weights, so that no deep-learning framework has to be installed.
OUT is written only when int8 and float32 agree (cosine at least 0.98 on every probe sentence) and when
sentences that mean the same lie closer together than sentences that do not.
"""

import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS = 6
HIDDEN = 384
HEADS = 12
HEAD_SIZE = HIDDEN // HEADS
LEAST_COSINE = 0.98

# (sentence, one that means the same, one that does not)
PROBES = [
    ("I want to cancel my appointment", "please cancel my booking for tomorrow", "what a lovely day it is"),
    ("yes I can pay on Friday", "I will settle the bill at the end of the week", "my dog likes the park"),
    ("let me talk to a real person", "can you connect me to a human agent", "the package is blue"),
    ("stop calling me", "take me off your list", "that sounds interesting, tell me more"),
    ("could we do it another day", "I need to reschedule", "who is this speaking"),
]


class Graph:
    """Collects nodes and weights; every method returns the name of what it made."""

    def __init__(self, weights):
        self.weights = weights
        self.prefix = "bert." if any(k.startswith("bert.") for k in weights) else ""
        self.nodes = []
        self.constants = {}

    def constant(self, name, value):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def ints(self, *values):
        return self.constant("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def floats(self, name, value):
        return self.constant(name, np.array(value, np.float32))

    def node(self, op, inputs, **attributes):
        output = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def weight(self, key):
        full = self.prefix + key
        if full not in self.weights:
            sys.exit(f"the weights have no `{full}`: this is not all-MiniLM-L6-v2")
        return self.weights[full].astype(np.float32)

    def linear(self, x, key):
        w = self.constant(key + ".w", self.weight(key + ".weight").T)
        b = self.constant(key + ".b", self.weight(key + ".bias"))
        return self.node("Add", [self.node("MatMul", [x, w]), b])

    def norm(self, x, key):
        gain = self.constant(key + ".g", self.weight(key + ".weight"))
        bias = self.constant(key + ".b", self.weight(key + ".bias"))
        return self.node("LayerNormalization", [x, gain, bias], axis=-1, epsilon=1e-12)


def embeddings(g):
    """Words, positions and the one segment type, summed and normalised."""
    words = g.constant("words", g.weight("embeddings.word_embeddings.weight"))
    places = g.constant("places", g.weight("embeddings.position_embeddings.weight"))
    segment = g.constant("segment", g.weight("embeddings.token_type_embeddings.weight")[0])
    length = g.node("Shape", ["input_ids"], start=1, end=2)
    word = g.node("Gather", [words, "input_ids"])
    place = g.node("Slice", [places, g.ints(0), length, g.ints(0)])
    total = g.node("Add", [g.node("Add", [word, place]), segment])
    return g.norm(total, "embeddings.LayerNorm")


def attention(g, x, bias, layer):
    """Self-attention of one layer, before its output projection."""

    def heads(name, perm):
        y = g.linear(x, f"{layer}.attention.self.{name}")
        y = g.node("Reshape", [y, g.ints(0, 0, HEADS, HEAD_SIZE)])
        return g.node("Transpose", [y], perm=perm)

    query = heads("query", [0, 2, 1, 3])
    key = heads("key", [0, 2, 3, 1])
    value = heads("value", [0, 2, 1, 3])
    scores = g.node("Mul", [g.node("MatMul", [query, key]), g.floats("scale", 1 / np.sqrt(HEAD_SIZE))])
    share = g.node("Softmax", [g.node("Add", [scores, bias])], axis=-1)
    mixed = g.node("Transpose", [g.node("MatMul", [share, value])], perm=[0, 2, 1, 3])
    return g.node("Reshape", [mixed, g.ints(0, 0, HIDDEN)])


def encoder(g):
    """All layers; returns the hidden states and the mask as floats."""
    mask = g.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    hidden_tokens = g.node("Sub", [g.floats("one", 1), g.node("Unsqueeze", [mask, g.ints(1, 2)])])
    bias = g.node("Mul", [hidden_tokens, g.floats("far_below", -1e9)])
    x = embeddings(g)
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        mixed = g.linear(attention(g, x, bias, layer), f"{layer}.attention.output.dense")
        x = g.norm(g.node("Add", [x, mixed]), f"{layer}.attention.output.LayerNorm")
        inner = g.node("Gelu", [g.linear(x, f"{layer}.intermediate.dense")])
        x = g.norm(g.node("Add", [x, g.linear(inner, f"{layer}.output.dense")]), f"{layer}.output.LayerNorm")
    return x, mask


def build(weights):
    """The whole model, checked."""
    g = Graph(weights)
    x, mask = encoder(g)
    column = g.node("Unsqueeze", [mask, g.ints(2)])
    total = g.node("ReduceSum", [g.node("Mul", [x, column]), g.ints(1)], keepdims=0)
    count = g.node("ReduceSum", [column, g.ints(1)], keepdims=0)
    mean = g.node("Div", [total, count])
    length = g.node("ReduceL2", [mean, g.ints(1)], keepdims=1)
    g.nodes.append(helper.make_node("Div", [mean, length], ["embedding"]))
    tokens = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    out = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])]
    graph = helper.make_graph(g.nodes, "minilm", tokens, out, list(g.constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def embed(path, tokenizer, sentences):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rows = []
    for sentence in sentences:
        code = tokenizer.encode(sentence)
        feed = {"input_ids": np.array([code.ids]), "attention_mask": np.array([code.attention_mask])}
        rows.append(session.run(["embedding"], feed)[0][0])
    return np.array(rows)


def check(full, small, tokenizer):
    """Ends the program when the int8 model is not good enough."""
    sentences = [s for probe in PROBES for s in probe]
    a, b = embed(full, tokenizer, sentences), embed(small, tokenizer, sentences)
    agreement = (a * b).sum(1)
    if agreement.min() < LEAST_COSINE:
        worst = sentences[int(agreement.argmin())]
        sys.exit(f"int8 differs too much from float32: cosine {agreement.min():.4f} for \"{worst}\"")
    for i, (sentence, same, other) in enumerate(PROBES):
        near, far = float(b[3 * i] @ b[3 * i + 1]), float(b[3 * i] @ b[3 * i + 2])
        if near <= far + 0.1:
            sys.exit(f'"{sentence}" is as close to "{other}" ({far:.2f}) as to "{same}" ({near:.2f})')
    print(f"int8 against float32: cosine at least {agreement.min():.4f} over {len(sentences)} sentences")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = sys.argv[1], sys.argv[2]
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = build(load_file(os.path.join(folder, "model.safetensors")))
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(out))) as work:
        full, small = os.path.join(work, "full.onnx"), os.path.join(work, "int8.onnx")
        onnx.save(model, full)
        # Unsigned weights: signed ones saturate on processors with AVX2 but no VNNI.
        quantize_dynamic(
            full,
            small,
            weight_type=QuantType.QUInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
        )
        check(full, small, tokenizer)
        os.replace(small, out)
    print(f"wrote {out}: {os.path.getsize(out) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
