"""Reads the parameters back from a file that `export.py` wrote, so that training can go on from shipped weights."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

from . import model


def parameters(file):
    """The parameters in the file, its int8 matrices in steps of their scale as they were rounded."""
    try:
        constants = {c.name: numpy_helper.to_array(c) for c in onnx.load(file).graph.initializer}
    except Exception as e:  # onnx raises whatever its parser does
        sys.exit(f"train: {file} cannot be read: {e}")
    return {name: _value(file, constants, name) for name in model.initial(0)}


def _value(file, constants, name):
    value = constants.get(name)
    if value is None and name + "_quantized" in constants:
        whole = constants[name + "_quantized"].astype(np.float32)
        value = (whole - constants[name + "_zero_point"].astype(np.float32)) * constants[name + "_scale"]
    if value is None:
        sys.exit(f"train: {file} is of another network: {name} is not there")
    if value.ndim == 3:  # a strided layer, written as a convolution
        value = value.transpose(2, 1, 0).reshape(-1, len(value))
    return np.ascontiguousarray(value, np.float32)
