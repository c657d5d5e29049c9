"""Trains the network that reads burnt-in clocks, on letters drawn here: `python -m benchmarks.burnt_in_training`.

Same seed, same fonts, same weights (about two minutes on two cores). Fonts in made_letters.HELD_OUT are never used.
`--held-out` leaves the weights alone and prints how often the stored network is right on fonts it has not met.
"""

import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from benchmarks.made_letters import HELD_OUT, Drawn, families, line
from recognition import burnt_in_glyphs as glyphs
from recognition.burnt_in_glyphs import DIGIT_ROWS, NOTHING, SIGNS, WINDOW_COLUMNS, Layer, Place
from recognition.faces import Float, Image

LINES = 28_000
HIDDEN = (128, 64)
EPOCHS = 16
_PER_LINE = 30
_UNCLEAR = "OIQ"  # letters that cannot be told from a digit in most fonts: nothing is taught about them
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def texts(random: np.random.Generator) -> str:
    """What a recorder might write, or a jumble of the same characters."""
    two = [f"{n:02d}" for n in random.integers(0, 100, 8)]
    a, b = random.choice(list("-/.:")), random.choice(list(":::::-."))
    day = str(random.choice(_DAYS)) if random.random() < 0.3 else ""
    half = str(random.choice(["AM", "PM", "am", "pm"])) if random.random() < 0.3 else ""
    kind = random.random()
    if kind < 0.35:
        parts = [f"{two[0]}{two[1]}{a}{two[2]}{a}{two[3]}", day, f"{two[4]}{b}{two[5]}{b}{two[6]}", half]
    elif kind < 0.55:
        parts = [f"{two[2]}{a}{two[3]}{a}{two[0]}{two[1]}", day, f"{two[4]}{b}{two[5]}{b}{two[6]}", half]
    elif kind < 0.75:
        parts = ["".join(random.choice(list("0123456789"), 12)), day, "CAM" + two[0]]
    else:
        parts = [
            "".join(random.choice(list("0123456789:-/.ABCDEFGHKLMNPRSTUVWXYZ"), int(random.integers(3, 9))))
            for _ in "abc"
        ]
    return (" " if random.random() < 0.8 else "  ").join(part for part in parts if part)


def background(random: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Grey levels of a scene: a slope, some shapes, blurred, and noise."""
    high, wide = shape
    level, slope = random.uniform(10, 240), random.normal(0, 25)
    made = level + slope * np.linspace(-1, 1, wide)[None, :] + random.normal(0, 15) * np.linspace(-1, 1, high)[:, None]
    made = np.ascontiguousarray(made, np.float32)
    for _ in range(int(random.integers(0, 8))):
        x, y = int(random.integers(0, wide)), int(random.integers(0, high))
        size = int(random.integers(3, max(4, high * 2)))
        grey = float(np.clip(level + random.normal(0, 60), 0, 255))
        if random.random() < 0.5:
            cv2.rectangle(made, (x, y), (x + size, y + int(size * random.uniform(0.2, 3))), grey, -1)
        else:
            cv2.line(
                made,
                (x, y),
                (x + int(random.normal(0, 60)), y + int(random.normal(0, 30))),
                grey,
                int(random.integers(1, 5)),
            )
    if random.random() < 0.7:
        made = cv2.GaussianBlur(made, (0, 0), float(random.uniform(0.5, 4)))
    return made + random.normal(0, random.uniform(0, 9), shape).astype(np.float32)


def painted(random: np.random.Generator, drawn: Drawn) -> tuple[Image, bool]:
    """The line burnt into a scene, and whether it is dark on light."""
    ink = drawn.ink.astype(np.float32) / 255
    below = background(random, ink.shape)
    is_dark = bool(random.random() < 0.32)
    light, dark = float(random.uniform(190, 255)), float(random.uniform(0, 40))
    text, edge = (dark, light) if is_dark else (light, dark)
    style = random.random()
    if style < 0.45:  # an outline
        around = cv2.dilate(ink, np.ones((3, 3), np.uint8))
        if drawn.bottom - drawn.top > 24 and random.random() < 0.5:
            around = cv2.dilate(around, np.ones((3, 3), np.uint8))
        below = below * (1 - around) + edge * around
    elif style < 0.55:  # a shadow
        shadow = np.roll(ink, (1, 1), axis=(0, 1))
        below = below * (1 - shadow) + edge * shadow
    elif style < 0.75:  # a box
        below = below * 0.15 + edge * 0.85 if random.random() < 0.5 else np.full_like(below, edge)
    else:  # nothing: the scene itself must stand back
        room = random.uniform(60, 200)
        below = (np.clip(below, room, 255) if is_dark else np.clip(below, 0, 255 - room)).astype(np.float32)
    strength = float(random.uniform(0.75, 1.0))
    made = below * (1 - ink * strength) + text * ink * strength
    return np.clip(made, 0, 255).astype(np.uint8), is_dark


def worn(random: np.random.Generator, image: Image, height_px: int) -> Image:
    """The picture after a lens, an encoder and a second one."""
    if random.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(random.uniform(0.3, 0.35 + height_px / 40))), np.uint8)
    if random.random() < 0.2 and height_px >= 14:  # recorded smaller, shown larger
        small = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if random.random() < 0.85:
        quality = int(random.integers(22, 92))
        image = np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0), np.uint8
        )
    return image


def examples(random: np.random.Generator, fonts: list[str], count: int) -> tuple[Float, np.ndarray]:
    """Windows as float16 and their classes."""
    seen, classes = [], []
    while len(seen) < count:
        height = int(np.exp(random.uniform(np.log(7), np.log(40))))
        drawn = line(texts(random), str(random.choice(fonts)), height, spacing_px=float(random.choice([0, 0, 0, 1, 2])))
        stretch = float(random.choice([1, 1, random.uniform(0.7, 1.35)]))
        if stretch != 1:
            size = (round(drawn.ink.shape[1] * stretch), drawn.ink.shape[0])
            signs = tuple((sign, x * stretch, wide * stretch) for sign, x, wide in drawn.signs)
            drawn = Drawn(np.asarray(cv2.resize(drawn.ink, size), np.uint8), drawn.top, drawn.bottom, signs)
        image, is_dark = painted(random, drawn)
        image = worn(random, image, height)
        slack = max(0.7, 0.07 * height)
        top, bottom = drawn.top + random.normal(0, slack * 0.6), drawn.bottom + random.normal(0, slack * 0.6)
        if bottom - top < 5:
            continue
        cut = glyphs.strip(image, Place(top, bottom, 0.0, float(image.shape[1]), is_dark))
        scale = DIGIT_ROWS / (bottom - top)
        labels = _labels(drawn, cut.shape[1], scale)
        known = np.flatnonzero(labels >= 0)
        weight = np.where(labels[known] == NOTHING, 0.7, 1.0)
        chosen = random.choice(known, min(_PER_LINE, len(known)), replace=False, p=weight / weight.sum())
        half = WINDOW_COLUMNS // 2
        padded = cv2.copyMakeBorder(cut, 0, 0, half, half - 1, cv2.BORDER_REPLICATE)
        seen.append(np.stack([padded[:, c : c + WINDOW_COLUMNS].reshape(-1) for c in chosen]))
        classes.append(labels[chosen])
    return np.concatenate(seen), np.concatenate(classes)


def _labels(drawn: Drawn, columns: int, scale: float) -> np.ndarray:
    """The class of each column of a strip; -1 where it is not to be learnt."""
    labels = np.full(columns, NOTHING)
    for sign, middle, wide in drawn.signs:
        at, reach = (middle + 0.5) * scale - 0.5, min(max(wide * scale * 0.22, 1.2), 3.2)
        near = np.abs(np.arange(columns) - at)
        number = -1 if sign.upper() in _UNCLEAR else SIGNS.find(sign.upper())
        labels[(near <= reach + 1.0) & (near > reach)] = -1
        labels[near <= reach] = len(SIGNS) - 1 if number < 0 and sign.upper() not in _UNCLEAR else number
    return labels


def trained(seen: np.ndarray, classes: np.ndarray, random: np.random.Generator) -> tuple[Layer, ...]:
    """The network after `EPOCHS` passes, by Adam on cross-entropy."""
    sizes = [seen.shape[1], *HIDDEN, len(SIGNS) + 1]
    values = [
        array.astype(np.float32)
        for a, b in pairwise(sizes)
        for array in (random.normal(0, np.sqrt(2 / a), (a, b)), np.zeros(b))
    ]
    first, second = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values]
    batch, step = 256, 0
    total = EPOCHS * (len(seen) // batch)
    for epoch in range(EPOCHS):
        order, loss = random.permutation(len(seen)), 0.0
        for start in range(0, len(seen) - batch, batch):
            chosen = order[start : start + batch]
            inputs = glyphs.evened(seen[chosen].astype(np.float32))
            inputs *= random.random(inputs.shape, dtype=np.float32) > 0.03
            slopes, cost = _slopes(values, inputs, classes[chosen])
            loss += cost
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / total)) + 1e-5
            for i, slope in enumerate(slopes):
                first[i] += 0.1 * (slope - first[i])
                second[i] += 0.001 * (slope * slope - second[i])
                ahead = first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
                values[i] -= rate * ahead
        print(f"pass {epoch + 1}: loss {loss / (len(seen) // batch):.4f}", flush=True)
    return tuple(Layer(values[i], values[i + 1]) for i in range(0, len(values), 2))


def _slopes(values: list[Float], inputs: Float, classes: np.ndarray) -> tuple[list[Float], float]:
    kept, now = [inputs], inputs
    for i in range(0, len(values) - 2, 2):
        now = np.maximum(now @ values[i] + values[i + 1], 0)
        kept.append(now)
    scores = now @ values[-2] + values[-1]
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    right = likely[np.arange(len(classes)), classes]
    error = likely.copy()
    error[np.arange(len(classes)), classes] -= 1
    error /= len(classes)
    slopes: list[Float] = []
    for i in range(len(values) - 2, -1, -2):
        below = kept[i // 2]
        slopes[:0] = [below.T @ error, error.sum(axis=0)]
        error = (error @ values[i].T) * (below > 0) if i else error
    return slopes, float(-np.log(np.maximum(right, 1e-9)).mean())


def share_right(layers: tuple[Layer, ...], fonts: list[str], seed: int = 99) -> str:
    """How many windows are read rightly, for each font."""
    random, said = np.random.default_rng(seed), []
    for font in fonts:
        seen, classes = examples(random, [font], 60)
        likely = glyphs.probabilities(glyphs.evened(seen.astype(np.float32)), layers)
        right = likely.argmax(axis=1) == classes
        digits = classes < 10
        sure = likely[:, :10].max(axis=1) > 0.9
        said.append(
            f"{font:28} {right.mean():.3f}  digits {right[digits].mean():.3f}  "
            f"sure and wrong {(~right & sure).mean():.4f}"
        )
    return "\n".join(said)


def main(arguments: list[str]) -> int:
    """Train and store, or measure."""
    held_out = [name for name in HELD_OUT if name in families()]
    fonts = [name for name in families() if name not in HELD_OUT]
    if "--held-out" not in arguments:
        random = np.random.default_rng(7)
        seen, classes = examples(random, fonts, LINES)
        print(f"{len(seen)} windows from {len(fonts)} fonts", flush=True)
        layers = trained(seen, classes, random)
        stored = {f"weights{i}": layer.weights.astype(np.float16) for i, layer in enumerate(layers)}
        stored |= {f"bias{i}": layer.bias.astype(np.float16) for i, layer in enumerate(layers)}
        np.savez_compressed(Path(glyphs.__file__).with_name("burnt_in_glyphs.npz"), **stored)
    glyphs.network.cache_clear()
    print(share_right(glyphs.network(), held_out + fonts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
