"""Made-up telephone English: patterns.json, filled in by chance.

    python3 models/training/starter_en/sentences.py > models/starter-en/sentences.txt

The seed is fixed, so the same patterns give the same file. Every twentieth sentence (by a hash of its
text) is left out, so that tests have sentences of the same kind that no model has seen; `--held-out`
prints those instead. What the benchmark speaks is left out as well.
"""

import argparse
import hashlib
import json
import pathlib
import random
import re

ONES = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST = 130  # characters: about ten seconds of speech
MODELS = pathlib.Path(__file__).resolve().parents[2]
BENCHMARK = [MODELS / "src/bench_asr" / name for name in ("steps.txt", "slots.txt")]
MOST_REPEATS = 6  # while drawing, so that short patterns do not crowd out long ones


def number(n):
    """A whole number below one million in words."""
    if n < 10:
        return ONES[n]
    if n < 20:
        return TEENS[n - 10]
    if n < 100:
        return TENS[n // 10 - 2] + ("" if n % 10 == 0 else " " + ONES[n % 10])
    if n < 1000:
        return ONES[n // 100] + " hundred" + ("" if n % 100 == 0 else " and " + number(n % 100))
    return number(n // 1000) + " thousand" + ("" if n % 1000 == 0 else " " + number(n % 1000))


class Writer:
    def __init__(self, patterns, seed):
        self.patterns = patterns
        self.words = patterns["words"]
        self.random = random.Random(seed)
        self.names = list(patterns["intents"]) + ["voicemail"]
        self.shares = [patterns["weights"].get(n, 5 if n == "voicemail" else 1) for n in self.names]
        self.made = {
            "digit": self.digit,
            "digits": lambda: self.digits(self.random.choice([3, 4, 4, 5, 6, 7, 10])),
            "digits7": lambda: self.digits(self.random.choice([7, 10])),
            "hour": lambda: number(self.random.randrange(1, 13)),
            "year": lambda: number(self.random.randrange(10, 99)),
            "minutes": lambda: number(self.random.randrange(2, 60)),
            "n": lambda: number(self.random.choice([self.random.randrange(1, 21), self.random.randrange(1, 100)])),
            "n10": lambda: number(self.random.randrange(1, 11)),
            "sum": self.sum,
            "letter": lambda: self.random.choice(LETTERS),
            "letters": lambda: " ".join(self.random.choice(LETTERS) for _ in range(self.random.randrange(2, 7))),
            "spell": lambda: " ".join(self.random.choice(self.words["first"] + self.words["last"])),
        }

    def digit(self):
        n = self.random.randrange(10)
        return "oh" if n == 0 and self.random.random() < 0.3 else ONES[n]

    def digits(self, count):
        said = [self.digit() for _ in range(count)]
        if self.random.random() < 0.25:
            at = self.random.randrange(count)
            said[at] = "double " + said[at]
        return " ".join(said)

    def sum(self):
        draw = self.random.randrange
        return number(self.random.choice([draw(1, 100), draw(100, 1000), draw(1, 20) * 50, draw(1000, 20000)]))

    def fill(self, text):
        """`text` with every {slot} replaced, those of the replacements too."""
        while match := re.search(r"\{(\w+)\}", text):
            name = match.group(1)
            value = self.made[name]() if name in self.made else self.random.choice(self.words[name])
            text = text[: match.start()] + value + text[match.end() :]
        return text

    def voicemail(self):
        parts = self.patterns["voicemail"]
        chosen = []
        for kind, chance in (("greetings", 0.85), ("reasons", 0.6), ("requests", 0.85)):
            if self.random.random() < chance:
                chosen.append(self.random.choice(parts[kind]))
        return self.fill(" ".join(chosen or [self.random.choice(parts["requests"])]))

    def sentence(self):
        name = self.random.choices(self.names, self.shares)[0]
        if name == "voicemail":
            return self.voicemail()
        text = self.fill(self.random.choice(self.patterns["intents"][name]))
        if self.random.random() < 0.45 and name not in ("digits", "spell", "amount"):
            text = self.random.choice(self.patterns["openings"]) + text + self.random.choice(self.patterns["closings"])
        if self.random.random() < 0.15:
            text += " " + self.fill(self.random.choice(self.patterns["intents"][self.random.choice(self.names[:-1])]))
        return text


def is_held_out(text):
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16) % 20 == 0


def spoken_by_benchmark():
    """Its sentences of more than two words: "yes" and "no thanks" have no other wording."""
    lines = [line for file in BENCHMARK for line in file.read_text(encoding="utf-8").splitlines()]
    texts = {line[2:] for line in lines if line[:2] in ("+ ", "- ", "? ", "! ")}
    return {text for text in texts if len(text.split()) > 2}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=48000, help="sentences to draw, before equal ones are merged")
    options.add_argument("--seed", type=int, default=20261120)
    options.add_argument("--held-out", action="store_true")
    options = options.parse_args()
    patterns = json.loads(pathlib.Path(__file__).with_name("patterns.json").read_text(encoding="utf-8"))
    writer = Writer(patterns, options.seed)
    barred = spoken_by_benchmark()
    seen, kept = {}, 0
    while kept < options.count:
        text = " ".join(writer.sentence().split())
        if text in barred:
            continue
        if len(text) <= LONGEST and seen.get(text, 0) < MOST_REPEATS:
            seen[text] = seen.get(text, 0) + 1
            kept += 1
    print("\n".join(sorted(t for t in seen if is_held_out(t) == options.held_out)))


if __name__ == "__main__":
    main()
