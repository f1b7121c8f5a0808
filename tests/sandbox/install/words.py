"""Deterministic text that compresses about as real portals do, with characters that careless tools spoil."""
import random

SYLLABLES = "ac ba con der el for gra hin in jo ka li mo na or pe qui ra sta tor un ver wa xe yo zu".split()
# Quotes, backslashes, control characters, four-byte characters, right to left, combining marks, what looks like SQL.
AWKWARD = ["O'Reilly & Söhne \"GmbH\"", "100% \\ back\\slash\\", "tab\there", "two\nlines\r\nand three", "emoji 🚀👩‍👩‍👧‍👦 é",
           "日本語のテキスト", "שלום עולם", "'; DROP TABLE accounts; --", "nul\0byte and \x1a", "trailing space ", "", "%s %d {{liquid}} ${shell} `x`",
           "-- Dump completed", "a,b;c|d", "ﬀ Ω ≠ ½", "\u200bzero width"]


class Words:
    """`text(n)` is cheap: a slice of text made once."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        vocabulary = ["".join(self.rng.choice(SYLLABLES) for _ in range(self.rng.randint(1, 4))) for _ in range(3000)]
        self._vocabulary = vocabulary
        weights = [1 / (i + 3) for i in range(len(vocabulary))]
        self._pool = " ".join(self.rng.choices(vocabulary, weights, k=120_000))

    def text(self, length):
        start = self.rng.randrange(len(self._pool) - length) if length < len(self._pool) else 0
        return self._pool[start:start + length]

    def name(self):
        return f"{self.rng.choice(self._vocabulary)} {self.rng.choice(self._vocabulary)}".title()

    def awkward(self):
        return self.rng.choice(AWKWARD)

    def hex(self, digits):
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"
