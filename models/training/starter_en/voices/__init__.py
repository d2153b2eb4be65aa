"""The voices that training hears, each with the exact times of its phones.

A voice program is a module here with a function that takes a text and a `Voice` and returns `Speech`.
`HELD_OUT` names what must never be heard in training, so that tests have voices the model does not know.
"""

import dataclasses

import numpy as np

# flite's awb; espeak-ng's Scottish accent; some espeak-ng variants.
HELD_OUT = {"awb", "awb_time", "cmu_us_awb_arctic_hts", "en-gb-scotland"}
HELD_OUT_VARIANTS = {"f5", "m8", "steph", "steph2", "steph3", "Alicia", "Jacky", "Nguyen"}


@dataclasses.dataclass(frozen=True)
class Voice:
    """One speaker as drawn for one utterance."""

    engine: str  # "espeak", "flite", "festival", "foreign", "hts", "russian"
    name: str
    pace: float = 1.0  # duration of sounds, 1 is the voice's own
    pitch: float = 0.0  # espeak: 0–99; flite: Hz, 0 is the voice's own; foreign, hts: times the usual
    size: float = 1.0  # all frequencies times this, as from a longer or shorter vocal tract


@dataclasses.dataclass
class Speech:
    """Samples with the phones in them."""

    rate_hz: int
    pcm: np.ndarray  # int16
    phones: list  # (index of phone or IGNORED, sample where it ends), ends rising


class VoiceError(Exception):
    """A voice program is absent or does not work; the message says what to install."""
