"""festival run as a program, many utterances at a time: an HMM voice (slt) and two diphone voices (kal, ked)."""

import pathlib
import subprocess
import wave

import numpy as np

from .. import phones
from . import HELD_OUT, Speech, VoiceError

# Each is drawn as often as it stands here.
NAMES = ["cmu_us_slt_arctic_hts", "cmu_us_slt_arctic_hts", "kal_diphone", "ked_diphone"]
PACKAGES = "festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k"
assert not HELD_OUT & set(NAMES)

_LONGEST_S = 900  # for one call with some hundred utterances


def speak_many(jobs, folder):
    """`Speech` or `None` for each `(text, voice)` of `jobs`. `folder` is empty and stays the caller's."""
    folder = pathlib.Path(folder)
    script = folder / "speak.scm"
    script.write_text("\n".join(_lines(jobs, folder)), encoding="utf-8")
    try:
        subprocess.run(["festival", "-b", str(script)], capture_output=True, timeout=_LONGEST_S, check=False)
    except FileNotFoundError as e:
        raise VoiceError(f"festival is not installed: install {PACKAGES}") from e
    return [read(folder, i, phones.from_festival) for i in range(len(jobs))]


def _lines(jobs, folder):
    """The program, voice by voice, since changing the voice takes long."""
    current = None
    for i, (text, voice) in sorted(enumerate(jobs), key=lambda job: job[1][1].name):
        if voice.name != current:
            current = voice.name
            yield f"(voice_{current})"
        safe = text.replace("\\", " ").replace('"', " ")
        yield f"(Parameter.set 'Duration_Stretch {voice.pace:.3f})"
        yield f'(set! said (utt.synth (Utterance Text "{safe}")))'
        yield f'(utt.save.wave said "{folder}/{i}.wav" \'riff)'
        yield f'(utt.save.segs said "{folder}/{i}.segs")'


def read(folder, i, phone_of):
    """The sound and the segments that festival saved for utterance `i`; `phone_of` maps a segment's name."""
    sound, segments = folder / f"{i}.wav", folder / f"{i}.segs"
    if not sound.exists() or not segments.exists():
        return None
    with wave.open(str(sound)) as file:
        rate_hz = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    found = []
    for line in segments.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) == 3:  # seconds of the end, a colour, the name
            phone = phone_of(fields[2])
            found.append((phones.IGNORED if phone is None else phones.INDEX[phone], round(float(fields[0]) * rate_hz)))
    return Speech(rate_hz, pcm, found) if found and len(pcm) else None
