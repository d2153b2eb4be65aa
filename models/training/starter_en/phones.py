"""The 41 sounds the acoustic model tells apart, and how each voice program's names map to them.

The order is the order of the model's output columns and equals that of `models/src/starter/phones.rs`.
A name that maps to nothing is a sound without a counterpart; its frames are not trained on.
"""

PHONES = (
    "sil aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh"
).split()
INDEX = {name: i for i, name in enumerate(PHONES)}
COUNT = len(PHONES)
SILENCE = 0
IGNORED = 255  # label of frames that are not trained on

_ESPEAK_BOTH = {
    # pauses
    "_": "sil", "_:": "sil", "_!": "sil", "_|": "sil", "_^_": "sil",
    # consonants
    "p": "p", "b": "b", "t": "t", "t#": "t", "t2": "t", "t[": "t", "d": "d", "d[": "d", "k": "k", "x": "k",
    "g": "g", "f": "f", "v": "v", "T": "th", "D": "dh", "s": "s", "z": "z", "S": "sh", "Z": "zh", "h": "hh",
    "tS": "ch", "dZ": "jh", "m": "m", "n": "n", "N": "ng", "l": "l", "l/": "l", "l#": "l", "L": "l",
    "r": "r", "r-": "r", "R": "r", "w": "w", "w#": "w", "j": "y", ";": "y",
    "m-": "ax m", "n-": "ax n", "l-": "ax l",
    # vowels
    "a": "ae", "a#": "ax", "@": "ax", "@2": "ax", "@5": "ax", "@-": "ax", "@L": "ax l",
    "0": "aa", "0#": "aa", "A:": "aa", "A": "aa", "A#": "aa", "O2": "aa", "O:": "ao", "O": "ao",
    "V": "ah", "V#": "ah", "E": "eh", "E2": "eh", "E#": "eh", "e": "eh", "e:": "ey", "eI": "ey",
    "I": "ih", "I2": "ih", "I#": "ih", "i": "iy", "i:": "iy", "i2": "iy", "U": "uh", "U2": "uh",
    "u": "uw", "u:": "uw", "Y": "uw", "3:": "er", "IR": "er", "VR": "er",
    "aI": "ay", "aI2": "ay", "OI": "oy", "oU": "ow", "o:": "ow", "o": "ow", "aU": "aw",
}  # fmt: skip
_ESPEAK_AMERICAN = {
    "A@": "aa r", "O@": "ao r", "o@": "ao r", "e@": "eh r", "i@": "ih r", "i@3": "ih r", "U@": "uh r",
    "3": "er", "aI@": "ay er", "aI3": "ay er", "aU@": "aw er", "aa": "ae",
}  # fmt: skip
_ESPEAK_BRITISH = {
    "A@": "aa", "O@": "ao", "o@": "ao", "e@": "eh", "i@": "ih ax", "i@3": "ih ax", "U@": "uh ax",
    "3": "ax", "aI@": "ay ax", "aI3": "ay ax", "aU@": "aw ax", "aa": "aa",
}  # fmt: skip
_FESTIVAL = {
    "pau": "sil", "ssil": "sil", "brth": "sil", "h#": "sil", "#": "sil", "axr": "er", "dx": "t", "nx": "n",
    "el": "l", "em": "m", "en": "n",
}  # fmt: skip


def from_espeak(mnemonic, american):
    """The phones of an espeak-ng mnemonic, stress marks ignored; none for a glottal stop or an unknown one."""
    plain = mnemonic.strip("',%=|*")
    own = _ESPEAK_AMERICAN if american else _ESPEAK_BRITISH
    return (own.get(plain) or _ESPEAK_BOTH.get(plain, "")).split()


def from_festival(name):
    """The phone of a name that flite or festival uses for English, `None` where there is none."""
    name = _FESTIVAL.get(name, name)
    return name if name in INDEX else None
