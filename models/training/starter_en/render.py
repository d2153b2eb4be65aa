"""Renders the training corpus: made-up texts, spoken by every voice, with the time of every phone.

    python -m starter_en.render OUT --voices english --hours 16 --seed 1

The corpus is a folder of parts; each part depends on its number and the seed only, so that rendering can
be broken off and continued. A part holds `pcm.npy` (int16, 8 kHz, all utterances in a row), `index.npz`
(`starts`: first sample of each utterance and the end; `phones`, `ends`: label and end sample, within the
utterance, of each phone; `first`: where each utterance's phones begin) and `said.tsv` for people.
"""

import argparse
import dataclasses
import fractions
import multiprocessing
import pathlib
import random
import shutil
import sys
import tempfile

import numpy as np
from scipy.signal import resample_poly

from .texts import Texts
from .voices import Voice, VoiceError, espeak, festival, flite, foreign, hts, russian

RATE_HZ = 8_000
PART_UTTERANCES = 1_000
# A part is about half an hour; rendering stops when there is enough.
# Which engines speak, and how often each.
GROUPS = {
    "english": {"espeak": 50, "flite": 32, "festival": 18},
    "people": {"hts": 1},
    "foreign": {"foreign": 85, "russian": 15},
}
PACKAGES = {
    "espeak": "espeak-ng",
    "flite": "flite",
    "festival": festival.PACKAGES,
    "foreign": foreign.PACKAGES,
    "hts": hts.PACKAGES,
    "russian": russian.PACKAGES,
}
_LIBRARIES = {"espeak": espeak.Espeak, "flite": flite.Flite, "hts": hts.Hts}
MOST_FAILED = 0.15  # share of an engine's texts
PEAK = 20_000
LEAST_PEAK = 50  # quieter is no speech
LONGEST_S, SHORTEST_S = 14, 0.2
MODELS = pathlib.Path(__file__).resolve().parents[2]


def draw_voice(r, group):
    """A speaker: engine, voice, pace, pitch and length of the vocal tract."""
    engine = r.choices(list(GROUPS[group]), list(GROUPS[group].values()))[0]
    if engine == "espeak":
        variant = r.choice(espeak.VARIANTS)
        name = r.choice(espeak.ACCENTS) + (f"+{variant}" if variant else "")
        return Voice(engine, name, pace=r.uniform(0.76, 1.5), pitch=r.randrange(15, 90), size=r.uniform(0.9, 1.1))
    size = r.choice([1.0, r.uniform(0.84, 1.22), r.uniform(0.84, 1.22)])
    if engine == "foreign":
        name = r.choice(list(foreign.VOICES))
        return Voice(engine, name, pace=r.uniform(0.85, 1.4), pitch=r.uniform(0.8, 1.25), size=size)
    if engine == "hts":
        return Voice(engine, r.choice(hts.NAMES), pace=r.uniform(0.75, 1.4), pitch=r.uniform(0.8, 1.25), size=size)
    if engine == "russian":
        return Voice(engine, r.choice(russian.names() or [""]), size=size)
    if engine == "flite":
        pitch = r.choice([0.0, r.uniform(80, 240), r.uniform(80, 240)])
        return Voice(engine, r.choice(flite.NAMES), pace=r.uniform(0.75, 1.4), pitch=pitch, size=size)
    return Voice(engine, r.choice(festival.NAMES), pace=r.uniform(0.75, 1.35), size=size)


def at_telephone_rate(speech, size):
    """`(pcm at 8 kHz, ends of the phones)`, all frequencies times `size`; `None` for silence or odd lengths."""
    factor = fractions.Fraction(RATE_HZ / (speech.rate_hz * size)).limit_denominator(90)
    pcm = resample_poly(speech.pcm.astype(np.float32), factor.numerator, factor.denominator)
    peak = np.abs(pcm).max(initial=0)
    if peak < LEAST_PEAK or not SHORTEST_S <= len(pcm) / RATE_HZ <= LONGEST_S or len(speech.phones) < 2:
        return None
    ends = [min(len(pcm), round(end * float(factor))) for _, end in speech.phones]
    return (pcm * (PEAK / peak)).astype(np.int16), np.array(ends, np.int32)


def speak(jobs):
    """`Speech` or `None` for each `(text, voice)`. An engine that fails often raises `VoiceError`."""
    said = [None] * len(jobs)
    at = {name: [i for i, (_, v) in enumerate(jobs) if v.engine == name] for name in {v.engine for _, v in jobs}}
    for name, these in at.items():
        for i, speech in zip(these, _speak_with(name, [jobs[i] for i in these]), strict=True):
            said[i] = speech
        failed = sum(said[i] is None for i in these)
        if failed > MOST_FAILED * len(these):
            raise VoiceError(
                f"{name} did not say {failed} of {len(these)} texts: are all of its voices installed?\n"
                f"  apt-get install {PACKAGES[name]}"
            )
    return said


def _speak_with(name, jobs):
    if name in _LIBRARIES:
        engine = _LIBRARIES[name]()
        return [engine.speak(text, voice) for text, voice in jobs]
    if name == "russian":
        return [russian.speak(voice) for _, voice in jobs]
    with tempfile.TemporaryDirectory() as folder:
        return (festival if name == "festival" else foreign).speak_many(jobs, folder)


def render_part(job):
    """Renders one part unless it is there; returns its hours."""
    folder, group, number, seed = job
    target = folder / f"part-{number:04d}"
    if not target.exists():
        r = random.Random(seed * 100_003 + number)
        texts = Texts(MODELS / "starter-en", seed * 100_003 + number)
        jobs = [(texts.draw(), draw_voice(r, group)) for _ in range(PART_UTTERANCES)]
        kept = []
        for (text, voice), speech in zip(jobs, speak(jobs), strict=True):
            made = at_telephone_rate(speech, voice.size) if speech else None
            if made:
                kept.append((text, voice, made[0], [phone for phone, _ in speech.phones], made[1]))
        write_part(target, kept)
    return np.load(target / "pcm.npy", mmap_mode="r").shape[0] / RATE_HZ / 3600


def write_part(target, kept):
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    np.save(unfinished / "pcm.npy", np.concatenate([pcm for _, _, pcm, _, _ in kept]))
    np.savez(
        unfinished / "index.npz",
        starts=np.cumsum([0] + [len(pcm) for _, _, pcm, _, _ in kept]),
        first=np.cumsum([0] + [len(phones) for _, _, _, phones, _ in kept]),
        phones=np.concatenate([np.array(phones, np.uint8) for _, _, _, phones, _ in kept]),
        ends=np.concatenate([ends for _, _, _, _, ends in kept]),
    )
    with open(unfinished / "said.tsv", "w", encoding="utf-8") as file:
        for text, voice, _, _, _ in kept:
            print(*dataclasses.astuple(voice), text, sep="\t", file=file)
    unfinished.rename(target)


def render(folder, group, hours, seed, processes):
    """Renders parts until there are `hours` of speech."""
    folder.mkdir(parents=True, exist_ok=True)
    made, number = 0.0, 0
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        while made < hours:
            jobs = [(folder, group, number + i, seed) for i in range(processes)]
            made += sum(pool.map(render_part, jobs))
            number += processes
            print(f"render: {made:.1f} of {hours:g} hours of {group} voices", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("--voices", choices=list(GROUPS), default="english")
    options.add_argument("--hours", type=float, default=16.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=2)
    options = options.parse_args()
    try:
        render(options.out, options.voices, options.hours, options.seed, options.processes)
    except VoiceError as e:
        sys.exit(f"render: {e}")


if __name__ == "__main__":
    main()
