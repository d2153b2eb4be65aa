"""English in the mouths of nine more people: festival's Czech, Italian, Finnish and Telugu diphone voices.

flite gives the sounds of a text and how long each lasts; each becomes the nearest sound of the other
language, and festival joins recordings of the voice's person. Only sounds that the two languages share are
labelled, so an accent is not learnt as English: th, unaspirated p, t, k before a vowel, and joins the voice has
no recording for are left out of training. Some sounds stand for what many accents of English have: r is tapped,
and half of the texts say "day" and "go" with one long vowel instead of two.
"""

import pathlib
import re
import subprocess
import zlib

from .. import phones
from . import HELD_OUT, Voice, VoiceError, festival
from .flite import Flite

# Voice: (language, usual pitch in Hz).
VOICES = {
    "czech_dita": ("czech", 190),
    "czech_krb": ("czech", 230),
    "czech_machac": ("czech", 110),
    "czech_ph": ("czech", 115),
    "pc_diphone": ("italian", 115),
    "lp_diphone": ("italian", 185),
    "suo_fi_lj_diphone": ("finnish", 180),
    "hy_fi_mv_diphone": ("finnish", 110),
    "telugu_NSK_diphone": ("telugu", 120),  # the Hindi and Marathi voices are the same recordings
}
PACKAGES = (
    "festival festvox-czech-dita festvox-czech-krb festvox-czech-machac festvox-czech-ph festvox-itapc16k "
    "festvox-italp16k festvox-suopuhe-lj festvox-suopuhe-mv festvox-te-nsk festival-te"
)
assert not HELD_OUT & set(VOICES)

# English sound: sounds of the language that are trained on as this one. "?" before them: spoken, but not trained on.
_SHARED = {
    "aw": "a u", "ay": "a i", "oy": "o i", "ey": "e i", "ow": "o u", "ax": "? e", "er": "? e r", "b": "b", "d": "d",
    "f": "f", "g": "g", "k": "k", "l": "l", "m": "m", "n": "n", "p": "p", "r": "r", "s": "s", "t": "t", "th": "? t",
    "dh": "? d", "v": "v", "y": "j", "sil": "#",
}  # fmt: skip
_SOUNDS = {
    "czech": _SHARED | {
        "aa": "a:", "ah": "a", "ae": "? e", "ao": "o:", "eh": "e", "ih": "i", "iy": "i:", "uh": "? u", "uw": "u:",
        "ch": "c~", "jh": "dz~", "hh": "? h", "ng": "n*", "sh": "s~", "zh": "z~", "z": "z", "w": "? u",
        "ay": "a j", "oy": "o j", "ey": "e j",
    },
    "italian": _SHARED | {
        "aa": "a1", "ah": "a", "ae": "? E1", "ao": "O1", "eh": "E1", "ih": "? i", "iy": "i1", "uh": "? u", "uw": "u1",
        "ch": "tS", "jh": "dZ", "hh": "", "ng": "ng", "sh": "S", "zh": "Z", "z": "z", "w": "w",
        "aw": "a1 u", "ay": "a1 i", "oy": "O1 i", "ey": "e1 i", "ow": "o1 u",
    },
    "finnish": _SHARED | {
        "aa": "a:", "ah": "a", "ae": "&", "ao": "o:", "eh": "e", "ih": "? i", "iy": "i:", "uh": "? u", "uw": "u:",
        "ch": "? t s", "jh": "? d j", "hh": "h", "ng": "N", "sh": "? s", "zh": "? s", "z": "? s", "w": "? v",
        "v": "? v",
    },
    "telugu": _SHARED | {
        "aa": "aa", "ah": "a", "ae": "? eh", "ao": "? oh", "eh": "eh", "ih": "ih", "iy": "iy", "uh": "uh", "uw": "uw",
        "ax": "? a", "er": "? a r", "ey": "ee", "ow": "oo", "ay": "ay", "aw": "aw", "oy": "? oo iy",
        "ch": "ch", "jh": "j", "hh": "h", "ng": "? n", "sh": "sh", "zh": "? zh", "z": "? s", "w": "? v", "y": "y",
        "t": "T", "d": "D", "th": "? th", "dh": "? dh", "sil": "pau",
    },
}  # fmt: skip
# One vowel where most accents have two, as in Scotland, the north of England and India.
_LONG = {"czech": {"ey": "e:"}, "italian": {"ey": "e1", "ow": "o1"}, "finnish": {"ey": "e:"}, "telugu": {}}
_VOWELS = set("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())
_ASPIRATED = set("p t k".split())
_MISSING = re.compile(r"default diphone \S+ for (\S+)-(\S+)")
_LONGEST_S = 900


def speak_many(jobs, folder):
    """`Speech` or `None` for each `(text, voice)` of `jobs`. `folder` is empty and stays the caller's."""
    folder = pathlib.Path(folder)
    flite = Flite()
    said = [_segments(flite, text, voice) for text, voice in jobs]
    script = folder / "speak.scm"
    script.write_text("\n".join(_lines(jobs, said, folder)), encoding="utf-8")
    try:
        run = subprocess.run(["festival", "-b", str(script)], capture_output=True, timeout=_LONGEST_S, check=False)
    except FileNotFoundError as e:
        raise VoiceError(f"festival is not installed: install {PACKAGES}") from e
    missing = _missing_joins(run.stderr.decode(errors="replace"))
    return [_read(folder, i, segments, missing.get(i, set())) for i, segments in enumerate(said)]


def _segments(flite, text, voice):
    """`[(sound, seconds, label)]` in the voice's language."""
    speech = flite.speak(text, Voice("flite", "kal", pace=voice.pace))
    if speech is None:
        return []
    language = VOICES[voice.name][0]
    sounds = _SOUNDS[language] | (_LONG[language] if zlib.crc32(text.encode()) % 2 else {})
    names = [phones.PHONES[p] for p, _ in speech.phones if p != phones.IGNORED]
    ends = [end / speech.rate_hz for p, end in speech.phones if p != phones.IGNORED]
    segments, start = [], 0.0
    for name, end, following in zip(names, ends, [*names[1:], "sil"], strict=True):
        parts = sounds[name].split()
        trained = parts[:1] != ["?"] and not (name in _ASPIRATED and following in _VOWELS)
        label = phones.INDEX[name] if trained else phones.IGNORED
        parts = parts[1:] if parts[:1] == ["?"] else parts
        segments += [(part, (end - start) / len(parts), label) for part in parts]
        start = end
    return segments


def _lines(jobs, said, folder):
    """The program, voice by voice; before each utterance its number goes to where complaints go."""
    current = None
    for i, (_, voice) in sorted(enumerate(jobs), key=lambda job: job[1][1].name):
        if not said[i]:
            continue
        if voice.name != current:
            current = voice.name
            yield f"(voice_{current})"
        yield f'(format stderr "utterance {i}\\n")'
        yield f"(set! said (utt.synth (Utterance Segments ({_targets(said[i], voice)}))))"
        yield f'(utt.save.wave said "{folder}/{i}.wav" \'riff)'
        yield f'(utt.save.segs said "{folder}/{i}.segs")'


def _targets(segments, voice):
    """Each sound with its duration; the pitch falls by a quarter, with a lift on every third sound."""
    pitch = VOICES[voice.name][1] * voice.pitch
    items = []
    for k, (sound, seconds, _) in enumerate(segments):
        now = pitch * (1.1 - 0.25 * k / len(segments)) * (1.08 if k % 3 == 1 else 1.0)
        items.append(f"({sound} {seconds:.4f} ({seconds / 2:.4f} {now:.0f}))")
    return " ".join(items)


def _missing_joins(complaints):
    """For each utterance the pairs of sounds that the voice has no recording of."""
    missing, current = {}, set()
    for line in complaints.splitlines():
        if line.startswith("utterance "):
            current = missing.setdefault(int(line.split()[1]), set())
        elif found := _MISSING.search(line):
            current.add(found.groups())
    return missing


def _read(folder, i, segments, missing):
    speech = festival.read(folder, i, lambda name: None)
    if speech is None or len(speech.phones) != len(segments):
        return None
    labels = [label for _, _, label in segments]
    for k in range(len(segments) - 1):
        if (segments[k][0], segments[k + 1][0]) in missing:
            labels[k] = labels[k + 1] = phones.IGNORED
    speech.phones = [(label, end) for label, (_, end) in zip(labels, speech.phones, strict=True)]
    return speech
