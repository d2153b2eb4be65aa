"""The front end: 8 kHz samples to log-mel frames, in numpy for training; `export.py` writes the same as ONNX.

Window 25 ms, hop 10 ms, frame `j` centred on sample `80·j`; 48 triangular bands between 120 and 3,700 Hz;
the logarithm is brought to about −3…1.
"""

import numpy as np

RATE_HZ = 8_000
WINDOW, HOP, FFT = 200, 80, 256
BANDS = 48
_LOW_HZ, _HIGH_HZ = 120.0, 3_700.0
FLOOR = 1e-5
OFFSET = SCALE = 3.0


def window():
    return np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)


def mel_filters(size=1.0):
    """`[FFT / 2 + 1, BANDS]`, each column of sum 1. With another `size` the bands lie where the same sounds of a
    speaker with all frequencies times `size` lie."""

    def mel(hz):
        return 2595.0 * np.log10(1.0 + hz / 700.0)

    edges = 700.0 * (10.0 ** (np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), BANDS + 2) / 2595.0) - 1.0)
    edges = np.minimum(size * edges, RATE_HZ / 2)
    hz = np.arange(FFT // 2 + 1)[:, None] * RATE_HZ / FFT
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    filters = np.maximum(0.0, np.minimum((hz - low) / (middle - low), (high - hz) / (high - middle)))
    return (filters / np.maximum(filters.sum(0), 1e-3)).astype(np.float32)


def transform():
    """The windowed discrete Fourier transform as a matrix: `[WINDOW, 2 · (FFT / 2 + 1)]`, first all real parts."""
    angle = 2 * np.pi * np.arange(WINDOW)[:, None] * np.arange(FFT // 2 + 1) / FFT
    return (window()[:, None] * np.concatenate([np.cos(angle), -np.sin(angle)], 1)).astype(np.float32)


_TRANSFORM, _FILTERS = transform(), mel_filters()


def log_mel(pcm, size=1.0):
    """`pcm[n]` in −1…1 to `[n // HOP + 1, BANDS]`, heard as from a speaker of another `size`."""
    padded = np.pad(pcm.astype(np.float32), WINDOW // 2)
    frames = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP])
    squares = (frames @ _TRANSFORM) ** 2
    power = squares[:, : FFT // 2 + 1] + squares[:, FFT // 2 + 1 :]
    return (np.log(power @ (_FILTERS if size == 1.0 else mel_filters(size)) + np.float32(FLOOR)) + np.float32(OFFSET)) / np.float32(SCALE)
