"""espeak-ng as a library: formant voices in many accents and variants, with an event for every phone.

One process speaks with one voice at a time, since the library keeps global state.
"""

import ctypes

import numpy as np

from .. import phones
from . import HELD_OUT, HELD_OUT_VARIANTS, Speech, VoiceError

# Each is drawn as often as it stands here. "en" is what the library calls British English.
ACCENTS = ["en-us"] * 4 + ["en"] * 3 + ["en-gb-x-rp"] * 2 + ["en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"]
VARIANTS = (
    [""] * 4
    + "m1 m2 m3 m4 m5 m6 m7 f1 f2 f3 f4".split() * 2
    + (
        "Alex Andrea Andy Annie adam anika aunty belinda benjamin boris caleb david ed edward edward2 gustave iven "
        "iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 klatt5 klatt6 linda marcelo max michael Mike "
        "michel miguel norbert pablo paul pedro quincy rob robert sandro shelby travis victor zac Gene Gene2 Marco "
        "Mario Michael Denis Diogo Henrique Hugo Lee Storm Tweaky grandma grandpa antonio announcer Mr whisper whisperf"
    ).split()
)
assert not HELD_OUT & set(ACCENTS) and not HELD_OUT_VARIANTS & set(VARIANTS)

_RATE_HZ = 22_050
_SYNCHRONOUS, _PHONEME_EVENTS = 2, 1
_RATE, _PITCH = 1, 3  # parameters
_END, _PHONEME = 0, 7  # events
_CHARACTERS_UTF8 = 1


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


class Espeak:
    """The library, loaded once per process."""

    def __init__(self):
        try:
            self.library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as e:
            raise VoiceError(f"libespeak-ng.so.1 cannot be loaded ({e}): install the package espeak-ng") from e
        if self.library.espeak_Initialize(_SYNCHRONOUS, 60, None, _PHONEME_EVENTS) < 0:
            raise VoiceError("espeak-ng does not find its data: install the package espeak-ng-data")
        self.chunks, self.events = [], []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
        self.callback = kind(self._take)  # kept alive for as long as the library may call it
        self.library.espeak_SetSynthCallback(self.callback)

    def _take(self, wave, count, events):
        if wave and count > 0:
            self.chunks.append(ctypes.string_at(wave, 2 * count))
        i = 0
        while events[i].type != _END:
            if events[i].type == _PHONEME:
                self.events.append((events[i].sample, bytes(events[i].id.string).decode(errors="replace")))
            i += 1
        return 0

    def speak(self, text, voice):
        """`Speech`, or `None` where the voice is not installed or says nothing. `pace` divides 160 words a minute."""
        library = self.library
        if library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            return None
        library.espeak_SetParameter(_RATE, max(80, round(160 / voice.pace)), 0)
        library.espeak_SetParameter(_PITCH, round(voice.pitch), 0)
        self.chunks.clear()
        self.events.clear()
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
        library.espeak_Synchronize()
        pcm = np.frombuffer(b"".join(self.chunks), np.int16)
        if len(pcm) == 0:
            return None
        return Speech(_RATE_HZ, pcm, self._phones(len(pcm), voice.name.startswith("en-us")))

    def _phones(self, length, american):
        found = []
        ends = [start for start, _ in self.events[1:]] + [length]
        for (start, name), end in zip(self.events, ends, strict=True):
            parts = phones.from_espeak(name, american)
            if not parts:  # a glottal stop and the like belongs to the sound before it
                if found:
                    found[-1] = (found[-1][0], end)
                continue
            for i, part in enumerate(parts):
                # Of two sounds in one mnemonic the vowel takes the larger share.
                until = end if i + 1 == len(parts) else start + round(0.6 * (end - start))
                found.append((phones.INDEX[part], until))
        return found
