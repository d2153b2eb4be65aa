"""Training examples: windows of 6.4 seconds with a few utterances each, as log-mel frames with a label for
every 20 ms, changed anew every time they are drawn."""

import pathlib

import numpy as np
from scipy import ndimage

from . import channel, features, model, phones

FRAMES = 640  # of 10 ms
LABELS = model.frames_out(FRAMES)
_GAP_S = (0.05, 0.7)
_PACES = (0.8, 1.25)
_VOWELS = [phones.INDEX[name] for name in "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split()]
_KILOHERTZ_BAND = 21  # vowels have one resonance below it and one above


class Corpus:
    """The rendered parts of one or more folders, read from disk as they are needed."""

    def __init__(self, folders):
        self.parts = []
        for part in sorted(p for folder in folders for p in pathlib.Path(folder).glob("part-*") if p.suffix == ""):
            with np.load(part / "index.npz") as index:
                fields = {name: index[name] for name in ("starts", "first", "phones", "ends")}
            self.parts.append((np.load(part / "pcm.npy", mmap_mode="r"), fields))
        self.utterances = [(p, i) for p, (_, f) in enumerate(self.parts) for i in range(len(f["starts"]) - 1)]

    def hours(self):
        return sum(len(pcm) for pcm, _ in self.parts) / features.RATE_HZ / 3600

    def read(self, utterance):
        """`(pcm, phones, ends)`."""
        part, i = utterance
        pcm, fields = self.parts[part]
        span = slice(fields["first"][i], fields["first"][i + 1])
        start, end = fields["starts"][i], fields["starts"][i + 1]
        return pcm[start:end].astype(np.float32) / 32_768, fields["phones"][span], fields["ends"][span]


class Windows:
    """Draws windows; equal corpora and seeds give equal windows."""

    def __init__(self, corpus, seed):
        self.corpus = corpus
        self.r = np.random.default_rng(seed)
        self.left = []
        self.passes = 0

    def draw(self, strength):
        """`(mel[FRAMES, BANDS], label[LABELS])`; silence is label 0, frames not to be trained on are IGNORED."""
        r = self.r
        pace = r.uniform(*_PACES) if r.random() < 0.8 else 1.0
        length = int(FRAMES * pace) * features.HOP
        pcm, labels, ends = self._talk(length)
        speech = _label_at(labels, ends, np.arange(0, length, features.HOP))
        speech = np.repeat((speech != phones.SILENCE) & (speech != phones.IGNORED), features.HOP)
        mel = features.log_mel(channel.carry(r, pcm, speech, self._babble, strength))
        at = _time_map(r, len(mel), 0.25 * strength)
        mel = _at_frames(mel, at)
        # Output frame f is centred on input frame 2f − 1.
        middles = at[np.clip(2 * np.arange(LABELS) - 1, 0, FRAMES - 1)]
        mel = _accented(r, mel, _label_at(labels, ends, at * features.HOP), strength)
        mel = _spoilt(r, _voiced_otherwise(r, mel, strength), strength)
        return mel, _label_at(labels, ends, middles * features.HOP)

    def _next(self):
        if not self.left:
            self.left = list(self.r.permutation(len(self.corpus.utterances)))
            self.passes += 1
        return self.corpus.read(self.corpus.utterances[self.left.pop()])

    def _talk(self, length):
        """Utterances with pauses between them: `(pcm, labels, ends)` of `length` samples."""
        r = self.r
        pcm, labels, ends = np.zeros(length, np.float32), [], []
        at = 0
        while at < length:
            at += int(r.uniform(*_GAP_S) * features.RATE_HZ)
            labels.append(phones.SILENCE)
            ends.append(at)
            said, which, until = self._next()
            said, factor = _resized(r, said)
            said = said * np.float32(10 ** (r.uniform(-8, 0) / 20))
            part = pcm[at : at + len(said)]
            part += said[: len(part)]
            labels.extend(which)
            ends.extend(at + until * factor)
            at += len(said)
        return pcm, np.array([*labels, phones.SILENCE]), np.array([*ends, np.inf])

    def _babble(self, length):
        """A few others speaking at once."""
        sum_ = np.zeros(length, np.float32)
        for _ in range(self.r.integers(2, 6)):
            utterances = self.corpus.utterances
            said = self.corpus.read(utterances[self.r.integers(len(utterances))])[0]
            sum_ += np.roll(np.resize(said, length), self.r.integers(length))
        return sum_


def _resized(r, pcm):
    """Faster and higher, or slower and lower, by up to 8 %: `(pcm, factor on its length)`. The voices were
    rendered in different sizes; more than people differ by would only blur the vowels."""
    if r.random() > 0.5:
        return pcm, 1.0
    factor = r.uniform(0.92, 1.08)
    count = int(len(pcm) * factor)
    return np.interp(np.arange(count) / factor, np.arange(len(pcm)), pcm).astype(np.float32), factor


def _label_at(labels, ends, samples):
    return labels[np.minimum(np.searchsorted(ends, samples, side="right"), len(labels) - 1)].astype(np.uint8)


def _time_map(r, frames, spread):
    """For each frame of the window the frame of the sound it comes from: the pace changes every 150 ms or so,
    since people hurry over some sounds and dwell on others."""
    knots = FRAMES // 15 + 2
    pace = np.exp(r.standard_normal(knots) * spread)
    pace = np.interp(np.arange(FRAMES), np.arange(knots) * 15, pace)
    return np.cumsum(pace) * ((frames - 1) / pace.sum())


def _at_frames(mel, at):
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(mel) - 1)
    share = (at - low).astype(np.float32)[:, None]
    return mel[low] * (1 - share) + mel[high] * share


def _voiced_otherwise(r, mel, strength):
    """Another speaker's resonances: the bands are stretched, shifted and bent."""
    if r.random() > 0.75 * max(strength, 0.4):
        return mel
    bands = np.arange(features.BANDS)
    bend = r.normal(0, 0.6) * np.sin(2 * np.pi * (bands / features.BANDS * r.uniform(0.5, 2) + r.random()))
    at = np.clip(bands * r.uniform(0.93, 1.07) + r.uniform(-0.8, 0.8) + bend, 0, features.BANDS - 1)
    low = np.floor(at).astype(int)
    share = (at - low).astype(np.float32)
    return mel[:, low] * (1 - share) + mel[:, np.minimum(low + 1, features.BANDS - 1)] * share


def _accented(r, mel, labels, strength):
    """Another accent: each vowel's lower resonances are moved by a little of its own, and so are its higher ones.
    `labels` are those of the frames."""
    if r.random() > 0.5 * strength:
        return mel
    moved = np.zeros((256, 2), np.float32)
    moved[_VOWELS] = r.normal(0, 0.9, (len(_VOWELS), 2))
    # A mouth does not jump from one sound to the next.
    moved = ndimage.uniform_filter1d(moved[labels], 7, axis=0, mode="nearest")
    bands = np.arange(features.BANDS, dtype=np.float32)
    high = 1 / (1 + np.exp((_KILOHERTZ_BAND - bands) / 3))
    at = np.clip(bands + moved[:, :1] * (1 - high) + moved[:, 1:] * high, 0, features.BANDS - 1)
    low = np.floor(at).astype(int)
    share = at - low
    rows = np.arange(len(mel))[:, None]
    return mel[rows, low] * (1 - share) + mel[rows, np.minimum(low + 1, features.BANDS - 1)] * share


def _spoilt(r, mel, strength):
    """Coarse spectra as of a low-rate codec, and masked bands and moments (Park et al., SpecAugment, 2019)."""
    mel = mel.copy()
    if r.random() < 0.4 * strength:
        mel += r.standard_normal(mel.shape, dtype=np.float32) * np.float32(r.uniform(0, 0.15))
    blank = mel.mean()
    for _ in range(2):
        width = int(r.integers(0, 8) * strength)
        first = r.integers(0, features.BANDS - width)
        mel[:, first : first + width] = blank
    for _ in range(5):
        width = int(r.integers(0, 9) * strength)
        first = r.integers(0, FRAMES - width)
        mel[first : first + width] = blank
    return mel
