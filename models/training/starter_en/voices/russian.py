"""Speech as it was spoken: the recordings that festival's Russian voice is made of, an hour and a half of one
person's running speech with the time of every sound.

Everything else here is joined or computed, sound by sound. What Russian does not share with English is left out of
training: unaspirated p, t, k before a vowel, softened stops, trills, and vowels between two of English.
"""

import pathlib
import wave

import numpy as np

from .. import phones
from . import HELD_OUT, Speech

FOLDER = pathlib.Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits")
PACKAGES = "festvox-ru"
assert not HELD_OUT & {FOLDER.name}

# Russian sound: English phone; what is not here is spoken but not trained on.
_SHARED = {
    "pau": "sil", "ii": "iy", "uu": "uw", "p": "p", "t": "t", "k": "k", "b": "b", "d": "d", "ch": "ch", "f": "f",
    "ff": "f", "s": "s", "ss": "s", "z": "z", "zz": "z", "sh": "sh", "m": "m", "mm": "m", "n": "n", "nn": "n", "l": "l",
}  # fmt: skip
_UNASPIRATED = set("p t k".split())
_VOWELS = set("ii yy uu ee oo aa a e i y u ae ay ur".split())


def names():
    """The recordings, in order; none where the voice is not installed."""
    return sorted(file.stem for file in FOLDER.glob("lab/*.lab"))


def speak(voice):
    """`Speech`, or `None` where the recording is not there. Its words are its own."""
    sound, labels = FOLDER / "wav" / f"{voice.name}.wav", FOLDER / "lab" / f"{voice.name}.lab"
    if not sound.exists() or not labels.exists():
        return None
    with wave.open(str(sound)) as file:
        rate_hz = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    fields = [line.split() for line in labels.read_text(encoding="utf-8").splitlines()]
    heard = [(f[2], float(f[0])) for f in fields if len(f) == 3]
    found = []
    for (sound, end), following in zip(heard, [*(s for s, _ in heard[1:]), "pau"], strict=True):
        phone = None if sound in _UNASPIRATED and following in _VOWELS else _SHARED.get(sound)
        found.append((phones.INDEX[phone] if phone else phones.IGNORED, round(end * rate_hz)))
    return Speech(rate_hz, pcm, found) if found and len(pcm) else None
