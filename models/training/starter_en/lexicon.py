"""Says how the words of the recogniser's vocabulary sound, by asking the voices.

    python -m starter_en.lexicon --out FOLDER

The words are those of `models/starter-en/lexicon.json` as it is and of `sentences.txt`; the pronunciations are made
anew: what espeak-ng says in three accents and flite in one, and the weak forms that connected speech uses. A
pronunciation's weight is the natural logarithm of how many agree on it, softened, 0 for the usual one.
"""

import argparse
import collections
import json
import math
import pathlib

from . import phones
from .render import MODELS
from .texts import spoken
from .voices import Voice, espeak, flite

# Voice, and how much its opinion counts.
SOURCES = (
    (Voice("flite", "kal"), 0.8),
    (Voice("espeak", "en-us", pitch=50), 1.0),
    (Voice("espeak", "en", pitch=50), 0.9),
    (Voice("espeak", "en-gb-x-rp", pitch=50), 0.4),
)
WEAK_SHARE = 2.5  # as much as most voices together, since they speak the word alone
TRUST = 0.6  # voices that agree may all be wrong about the person who will speak
MOST_VARIANTS = 6

# How words sound inside a sentence; alone the voices say them in full.
WEAK = {
    "a": ["ax", "ey"],
    "an": ["ae n", "ax n"],
    "and": ["ae n d", "ax n d", "ax n"],
    "are": ["aa r", "aa", "er"],
    "as": ["ax z"],
    "at": ["ae t", "ax t"],
    "because": ["b ih k ax z", "k ax z"],
    "but": ["b ax t"],
    "can": ["k ae n", "k ax n"],
    "could": ["k ax d"],
    "do": ["d ax"],
    "for": ["f ao r", "f er", "f ao", "f ax"],
    "from": ["f r ah m", "f r ax m", "f r aa m"],
    "have": ["hh ax v", "ax v"],
    "he": ["iy"],
    "her": ["er", "ax"],
    "him": ["ih m"],
    "his": ["ih z"],
    "i'll": ["ay l", "aa l"],
    "i'm": ["ay m", "ax m"],
    "it's": ["ih t s", "t s"],
    "just": ["jh ax s t", "jh ah s"],
    "my": ["m ay"],
    "of": ["ah v", "ax v", "ax"],
    "or": ["ao r", "ao", "er"],
    "that": ["dh ae t", "dh ax t"],
    "the": ["dh ax", "dh iy"],
    "them": ["dh ax m", "ax m"],
    "to": ["t ax", "t uw"],
    "was": ["w aa z", "w ax z", "w ah z"],
    "were": ["w er", "w ax"],
    "would": ["w uh d", "w ax d"],
    "you": ["y uw", "y ax"],
    "your": ["y ao r", "y er", "y ao", "y uh r"],
    "you're": ["y ao r", "y er", "y ao"],
    "zero": ["z ih r ow", "z iy r ow", "z iy ax r ow"],
}


def vocabulary(folder):
    """All words, sorted."""
    known = json.loads((folder / "lexicon.json").read_text(encoding="utf-8"))
    written = (folder / "sentences.txt").read_text(encoding="utf-8").split()
    return sorted({*known, *written})


def sounds(speech):
    """`"t uw z d ey"`; empty where the voice makes a sound that the model has no phone for."""
    heard = [p for p, _ in speech.phones if p != phones.SILENCE] if speech else []
    return "" if phones.IGNORED in heard else " ".join(phones.PHONES[p] for p in heard)


def pronunciations(word, engines):
    """`{phones: weight}` of one word, the usual one first; empty when no voice can say it."""
    votes = collections.Counter()
    for voice, share in SOURCES:
        votes[sounds(engines[voice.engine].speak(spoken(word), voice))] += share
    for weak in WEAK.get(word, []):
        votes[weak] = max(votes[weak], WEAK_SHARE)
    del votes[""]
    best = votes.most_common(MOST_VARIANTS)
    return {said: round(TRUST * math.log(count / best[0][1]), 4) for said, count in best}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=pathlib.Path, required=True)
    options = options.parse_args()
    engines = {"espeak": espeak.Espeak(), "flite": flite.Flite()}
    made = {word: pronunciations(word, engines) for word in vocabulary(MODELS / "starter-en")}
    options.out.mkdir(parents=True, exist_ok=True)
    kept = {word: said for word, said in made.items() if said}
    (options.out / "lexicon.json").write_text(json.dumps(kept), encoding="utf-8")
    print(f"lexicon: {len(kept)} words, {sum(map(len, kept.values()))} pronunciations", flush=True)


if __name__ == "__main__":
    main()
