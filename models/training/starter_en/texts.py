"""What the training voices say.

Whole sentences alone would teach the network which sounds follow which in telephone English, and it
would then mishear whatever is said otherwise. So half of the texts have no grammar: expected answers on
their own (digits, dates, letters), words in random order, and words that do not exist.
"""

import json
import pathlib
import random

from . import sentences

SHARES = {"sentence": 40, "answer": 28, "words": 22, "invented": 10}
NATO = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec "
    "romeo sierra tango uniform victor whiskey x-ray yankee zulu"
).split()
MONTHS = "january february march april may june july august september october november december".split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
    "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
ANSWERS = "yes|no|yeah|yep|nope|okay|hello|goodbye|thank you|sorry|please|right|correct|speaking|stop|help".split("|")
ONSETS = "b bl br ch d dr f fl fr g gl gr h j k kl kr l m n p pl pr r s sh sk sl sm sn sp st str sw t th tr tw v w y z"
NUCLEI = "a e i o u ee oo ai ow oi ar or er ay igh oa aw ou"
CODAS = "b d f g k l m n ng nd nt mp p r s st sk sh t th v x z ch ge lt nce"


class Texts:
    """Draws texts; equal seeds give equal texts."""

    def __init__(self, folder, seed):
        """`folder` is `models/starter-en`, whose sentences and words are used."""
        folder = pathlib.Path(folder)
        self.random = random.Random(seed)
        self.sentences = (folder / "sentences.txt").read_text(encoding="utf-8").splitlines()
        self.words = sorted(w for w in json.loads((folder / "lexicon.json").read_text(encoding="utf-8")) if len(w) > 1)
        self.syllables = [part.split() for part in (ONSETS, NUCLEI, CODAS)]

    def draw(self):
        kind = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        if kind == "sentence":
            return spoken(self.random.choice(self.sentences))
        if kind == "answer":
            return self.answer()
        if kind == "words":
            return " ".join(self.random.choice(self.words) for _ in range(self.random.choice([1, 2, 3, 4, 6])))
        return " ".join(self.invented() for _ in range(self.random.randrange(1, 5)))

    def answer(self):
        r = self.random
        number = sentences.number
        return r.choice(
            (
                lambda: number(r.randrange(0, 100)),
                lambda: number(r.choice([r.randrange(100, 1000), r.randrange(1, 20) * 50, r.randrange(1000, 9999)])),
                lambda: " ".join(self.digit() for _ in range(r.choice([1, 1, 2, 3, 4, 4, 5, 6, 7, 8, 10]))),
                lambda: " ".join(r.choice(sentences.LETTERS).upper() for _ in range(r.choice([1, 1, 2, 3, 4, 5]))),
                lambda: " ".join(r.choice(NATO) for _ in range(r.randrange(1, 5))),
                lambda: r.choice(MONTHS) + r.choice(["", " " + r.choice(ORDINALS)]),
                lambda: f"the {r.choice(ORDINALS)} of {r.choice(MONTHS)}",
                lambda: r.choice(DAYS) + r.choice(["", "", " the " + r.choice(ORDINALS)]),
                lambda: r.choice(ORDINALS),
                self.time,
                lambda: r.choice(ANSWERS),
            )
        )()

    def digit(self):
        n = self.random.randrange(10)
        return "oh" if n == 0 and self.random.random() < 0.3 else sentences.ONES[n]

    def time(self):
        r = self.random
        hour = sentences.number(r.randrange(1, 13))
        minutes = sentences.number(r.choice([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]))
        return r.choice(
            (
                f"{hour} o'clock", f"half past {hour}", f"quarter to {hour}", f"quarter past {hour}",
                f"{hour} {minutes}", f"{hour} A M", f"{hour} P M", f"{minutes} past {hour}", f"at {hour} {minutes}",
            )
        )  # fmt: skip

    def invented(self):
        return "".join(
            "".join(self.random.choice(part) for part in self.syllables) for _ in range(self.random.choice([1, 1, 2]))
        )


def spoken(text):
    """`text` with single letters in capitals, so that the voices spell them instead of reading a word."""
    words = text.split()

    def is_letter(i):
        return 0 <= i < len(words) and len(words[i]) == 1

    def alone(i):
        return words[i] in "ai" and not any(is_letter(j) and words[j] not in "ai" for j in (i - 1, i + 1))

    return " ".join(w.upper() if is_letter(i) and not alone(i) else w for i, w in enumerate(words))
