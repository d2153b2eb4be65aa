"""flite as a library: two voices made from many hours of one person (rms, slt) and a diphone voice in two rates."""

import ctypes

import numpy as np

from .. import phones
from . import HELD_OUT, Speech, VoiceError

# Each is drawn as often as it stands here; the value is the voice's own mean pitch in Hz.
PITCH_HZ = {"slt": 167.0, "rms": 105.0, "kal": 105.0, "kal16": 105.0}
NAMES = ["slt", "slt", "slt", "rms", "rms", "rms", "kal16", "kal"]
assert not HELD_OUT & set(NAMES)


class _Wave(ctypes.Structure):
    """cst_wave of cst_wave.h."""

    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _Voice(ctypes.Structure):
    """The first fields of cst_voice of cst_voice.h."""

    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p
_SIGNATURES = {
    "flite_synth_text": (_POINTER, (_TEXT, _POINTER)),
    "utt_relation": (_POINTER, (_POINTER, _TEXT)),
    "relation_head": (_POINTER, (_POINTER,)),
    "item_next": (_POINTER, (_POINTER,)),
    "item_feat_string": (_TEXT, (_POINTER, _TEXT)),
    "item_feat_float": (ctypes.c_float, (_POINTER, _TEXT)),
    "utt_wave": (_POINTER, (_POINTER,)),
    "delete_utterance": (None, (_POINTER,)),
    "feat_set_float": (None, (_POINTER, _TEXT, ctypes.c_float)),
}


class Flite:
    """The library with its voices, loaded once per process."""

    def __init__(self):
        try:
            self.library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
            for part in ("usenglish", "cmulex"):
                ctypes.CDLL(f"libflite_{part}.so.1", mode=ctypes.RTLD_GLOBAL)
            self.library.flite_init()
            self.voices = {name: self._register(name) for name in PITCH_HZ}
        except (OSError, AttributeError) as e:
            raise VoiceError(f"flite cannot be loaded ({e}): install the package flite") from e
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, list(arguments)

    @staticmethod
    def _register(name):
        register = getattr(
            ctypes.CDLL(f"libflite_cmu_us_{name}.so.1", mode=ctypes.RTLD_GLOBAL), f"register_cmu_us_{name}"
        )
        register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        return register(None)

    def speak(self, text, voice):
        """`Speech`, or `None` when nothing was said."""
        library = self.library
        handle = self.voices[voice.name]
        features = ctypes.cast(handle, ctypes.POINTER(_Voice)).contents.features
        library.feat_set_float(features, b"duration_stretch", voice.pace)
        library.feat_set_float(features, b"int_f0_target_mean", voice.pitch or PITCH_HZ[voice.name])
        utterance = library.flite_synth_text(text.encode(), handle)
        if not utterance:
            return None
        try:
            wave = ctypes.cast(library.utt_wave(utterance), ctypes.POINTER(_Wave)).contents
            if wave.num_samples == 0:
                return None
            pcm = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).copy()
            return Speech(wave.sample_rate, pcm, self._phones(utterance, wave.sample_rate))
        finally:
            library.delete_utterance(utterance)

    def _phones(self, utterance, rate_hz):
        library, found = self.library, []
        item = library.relation_head(library.utt_relation(utterance, b"Segment"))
        while item:
            phone = phones.from_festival(library.item_feat_string(item, b"name").decode())
            end = round(library.item_feat_float(item, b"end") * rate_hz)
            found.append((phones.IGNORED if phone is None else phones.INDEX[phone], end))
            item = library.item_next(item)
        return found
