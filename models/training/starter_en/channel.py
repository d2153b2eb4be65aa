"""What happens to speech between a mouth and the recogniser: room, telephone set, noise, lost packets, G.711.

Everything takes and gives float32 samples at 8 kHz, full scale 1, draws from the generator it is given, and
takes a `strength` of 0…1, since training begins with little of it.
"""

import numpy as np
from scipy import fft

RATE_HZ = 8_000
_PACKET = 160


def carry(r, pcm, speech, others, strength):
    """`pcm` after the whole way. `speech` marks the samples that are speech; `others` is a function that gives
    some other speech of a wanted length, for babble."""
    pcm = pcm + _breaths_and_clicks(r, pcm, speech, strength)
    pcm = _filtered(r, pcm, strength)
    pcm = pcm + _noise(r, pcm, speech, others, strength)
    peak = np.abs(pcm).max() + 1e-6
    pcm = pcm * np.float32(10 ** (r.uniform(-24, -2) / 20) / peak)
    if r.random() < 0.06 * strength:  # overdriven
        pcm = np.clip(pcm, -0.5 * np.abs(pcm).max(), 0.5 * np.abs(pcm).max())
    if r.random() < 0.15 * strength:
        pcm = _lossy(r, pcm)
    return _coded(r, pcm)


def _breaths_and_clicks(r, pcm, speech, strength):
    """Sounds of a mouth and a handset, only where nobody speaks."""
    extra = np.zeros_like(pcm)
    pauses = np.flatnonzero(~speech)
    if len(pauses) == 0 or r.random() > 0.4 * strength:
        return extra
    for _ in range(r.integers(1, 4)):
        start = int(r.choice(pauses))
        length = int(r.choice([r.integers(20, 200), r.integers(600, 2_800)]))
        part = extra[start : start + length]
        burst = r.standard_normal(len(part)).astype(np.float32)
        if length > 400:  # a breath rises and falls, and has no lows
            burst = np.diff(burst, prepend=np.float32(0)) * np.hanning(length)[: len(part)].astype(np.float32)
        else:
            burst *= np.exp(-np.arange(len(part)) / (length / 4)).astype(np.float32)
        part += burst * np.float32(10 ** (r.uniform(-40, -20) / 20))
    return np.where(speech, np.float32(0), extra)


def _filtered(r, pcm, strength):
    """Room, microphone and line as one filter."""
    size = fft.next_fast_len(len(pcm) + 4_800, real=True)
    spectrum = fft.rfft(pcm, size)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ).astype(np.float32)
    if r.random() < 0.3 * strength:
        spectrum = spectrum * fft.rfft(_room(r), size)
    if r.random() < 0.85:
        spectrum = spectrum * _tone(r, hz, 4.0 * strength)
    if r.random() < 0.65 * max(strength, 0.5):  # the telephone's band
        low, high = r.uniform(100, 400), r.uniform(2_900, 3_800)
        spectrum = spectrum / ((1 + (low / np.maximum(hz, 1)) ** 6) * (1 + (hz / high) ** 16))
    return fft.irfft(spectrum, size)[: len(pcm)].astype(np.float32)


def _room(r):
    """An impulse response: the direct sound, a few early echoes, a decaying tail."""
    decay_s = r.uniform(0.08, 0.6)
    length = int(min(decay_s, 0.55) * RATE_HZ)
    t = np.arange(length) / RATE_HZ
    tail = r.standard_normal(length) * 10 ** (-3 * t / decay_s)
    tail[: int(r.uniform(0.002, 0.02) * RATE_HZ)] = 0
    tail *= 10 ** (-r.uniform(2, 18) / 20) / (np.sqrt((tail**2).sum()) + 1e-9)
    tail[0] = 1
    for _ in range(r.integers(0, 5)):
        tail[int(r.uniform(0.001, 0.03) * RATE_HZ)] += r.uniform(-0.4, 0.4)
    return tail.astype(np.float32)


def _tone(r, hz, spread_db):
    """A smooth random curve: no two microphones, mouths and distances colour alike."""
    knots = np.array([0, 150, 300, 600, 1_000, 1_600, 2_400, 3_200, 4_000])
    slope = r.uniform(-1, 1) * spread_db * np.linspace(-1, 1, len(knots))
    curve = np.interp(hz, knots, slope + r.standard_normal(len(knots)) * spread_db * 0.7)
    return np.exp(np.clip(curve, -20, 20).astype(np.float32) * np.float32(np.log(10) / 20))


def _noise(r, pcm, speech, others, strength):
    """Noise of one or two kinds, 6 dB or more below the speech."""
    level = np.sqrt((pcm[speech] ** 2).mean()) if speech.any() else 0.01
    total = np.zeros_like(pcm)
    for _ in range(r.choice([1, 1, 2])):
        loud = r.random() < 0.7 * strength
        snr_db = r.uniform(7, 26) if loud else r.uniform(28, 60)
        kind = r.choice([_coloured, _coloured, _white, _street, _hum, others])
        noise = kind(len(pcm)) if kind is others else kind(r, len(pcm))
        if kind is others:
            snr_db = max(snr_db, 10.0)  # which of two equal voices is meant nobody could tell
        power = np.sqrt((noise**2).mean()) + 1e-9
        total += noise * np.float32(level * 10 ** (-snr_db / 20) / power)
    return total


def _white(r, length):
    return r.standard_normal(length, dtype=np.float32)


def _coloured(r, length):
    size = fft.next_fast_len(length, real=True)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ).astype(np.float32)
    shape = (hz / 500 + 0.02) ** r.uniform(-1.2, -0.2) * _tone(r, hz, 4.0)
    return fft.irfft(fft.rfft(_white(r, size)) * shape, size)[:length].astype(np.float32)


def _street(r, length):
    """Coloured noise that swells and fades."""
    knots = np.arange(0, length + 4_000, 2_000)
    swell = np.interp(np.arange(length), knots, r.uniform(-12, 0, len(knots)))
    return _coloured(r, length) * (10 ** (swell / 20)).astype(np.float32)


def _hum(r, length):
    t = np.arange(length, dtype=np.float32) / RATE_HZ
    first = r.choice([50, 60, 100, 120, 400])
    turn = np.float32(2 * np.pi * first) * t
    tones = sum(
        np.sin(turn * k + np.float32(r.uniform(0, 6))) / np.float32(k ** r.uniform(0.5, 2)) for k in range(1, 6)
    )
    return (tones + 0.1 * _white(r, length)).astype(np.float32)


def _lossy(r, pcm):
    """Lost packets, filled as `bot/media/src/plc.rs` does (the last pitch period, fading) or with silence."""
    pcm = pcm.copy()
    conceal = r.random() < 0.7
    rate = r.uniform(0.01, 0.08)
    start = _PACKET * 2
    while start < len(pcm):
        if r.random() < rate:
            length = _PACKET * int(r.choice([1, 1, 1, 2, 3]))
            gap = pcm[start : start + length]
            if conceal:
                lag = _lag(pcm[start - 280 : start])
                fade = np.clip(1 - (np.arange(len(gap)) - 80) / 400, 0, 1)
                gap[:] = np.resize(pcm[start - lag : start], len(gap)) * fade
            else:
                gap[:] = 0
            start += length
        start += _PACKET
    return pcm


def _lag(history):
    """The pitch period (40 to 120 samples) at which the last 20 ms look most like those before."""
    recent = history[-160:]
    scores = []
    for lag in range(40, 121, 4):
        before = history[-160 - lag : -lag]
        scores.append(float(recent @ before) / (float(np.sqrt(before @ before)) + 1e-6))
    return 40 + 4 * int(np.argmax(scores))


def _mu_law():
    """16-bit samples after µ-law and back (ITU-T G.711), as a table over sample + 32768."""
    x = np.arange(-32_768, 32_768)
    magnitude = np.minimum(np.abs(x), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    return _as_table(x, (((mantissa << 3) + 132) << exponent) - 132)


def _a_law():
    """The same for A-law."""
    x = np.arange(-32_768, 32_768)
    magnitude = np.minimum(np.abs(x), 32_767)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(int) - 7, 0)
    shift = np.maximum(exponent, 1) + 3
    return _as_table(x, ((magnitude >> shift) << shift) + (1 << (shift - 1)))


def _as_table(x, magnitude):
    return (np.where(x < 0, -magnitude, magnitude) / 32_768).astype(np.float32)


_TABLES = (_mu_law(), _a_law())


def _coded(r, pcm):
    """16 bits, mostly through one of the two laws of G.711."""
    whole = np.clip(np.round(pcm * 32_768), -32_768, 32_767).astype(np.int32)
    which = r.choice([0, 0, 1, 2])
    if which == 2:
        return (whole / 32_768).astype(np.float32)
    return _TABLES[which][whole + 32_768]
