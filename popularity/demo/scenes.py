"""Photos of the demo world: eight kinds of scene, rendered with depth, texture and light.

Each renderer paints back to front on an array of shape (height, width, 3), float32, 0 to 1. Coordinates run from 0 to 1
down (y) and across (x). Haze lies between the camera and what is far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.floating[Any]]
Rng = np.random.Generator
Colour = tuple[float, float, float]

SIZES = ((320, 213), (320, 240), (240, 320), (280, 280), (320, 180), (256, 320))
"""Width and height in pixels: the usual aspect ratios."""


@dataclass(frozen=True)
class Shot:
    """What a photo shows. warmth: -1 (cold light) to 1 (warm); haze: 0 (clear) to 1."""

    kind: str
    warmth: float
    haze: float
    size: tuple[int, int]

    @classmethod
    def draw(cls, rng: Rng) -> "Shot":
        """Any kind of scene in any light, all equally likely."""
        kind = KINDS[rng.integers(len(KINDS))]
        return cls(kind, rng.uniform(-1, 1), rng.uniform(0, 1), SIZES[rng.integers(len(SIZES))])


def render(shot: Shot, rng: Rng) -> npt.NDArray[np.uint8]:
    """The photo: shape (height, width, 3), uint8, RGB. The same shot and state of rng give the same pixels."""
    image = _SCENES[shot.kind](Canvas(*shot.size, rng), shot.haze)
    image *= np.array([1 + 0.16 * shot.warmth, 1, 1 - 0.18 * shot.warmth], np.float32)
    image = image * (1 - 0.25 * shot.haze) + 0.2 * shot.haze  # less contrast
    height, width, _ = image.shape
    image += rng.normal(0, 0.012, (height, width, 1)).astype(np.float32)  # grain
    return np.asarray((np.clip(image, 0, 1) * 255).round(), np.uint8)


class Canvas:
    """Coordinates and noise of one photo."""

    def __init__(self, width: int, height: int, rng: Rng) -> None:
        self.width, self.height, self.rng = width, height, rng
        self.y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        self.x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        self.aspect = np.float32(width / height)

    def noise(self, rows: int, columns: int, octaves: int = 4) -> Array:
        """Fractal noise, shape (height, width), mean about 0, most within -1 to 1; rows x columns blobs at first."""
        total = np.zeros((self.height, self.width), np.float32)
        for octave in range(octaves):
            grid = (max(2, rows << octave), max(2, columns << octave))
            cells = self.rng.uniform(-1, 1, grid).astype(np.float32)
            zoomed = Image.fromarray(cells).resize((self.width, self.height), Image.Resampling.BICUBIC)
            total += np.asarray(zoomed) * np.float32(0.55**octave)
        return total

    def line(self, bumps: int, octaves: int = 5, roughness: float = 0.5) -> Array:
        """A rugged line, shape (1, width), most within -1 to 1."""
        total = np.zeros((1, self.width), np.float32)
        for octave in range(octaves):
            knots = self.rng.uniform(-1, 1, (bumps << octave) + 2)
            total += np.interp(self.x * (len(knots) - 1), np.arange(len(knots)), knots) * roughness**octave
        return total

    def disc(self, x: float, y: float, radius: float) -> Array:
        """Distance from (x, y) in radii, round whatever the aspect; shape (height, width)."""
        unit = radius * min(1.0, float(self.aspect))
        return np.asarray(np.hypot((self.x - x) * self.aspect, self.y - y) / np.float32(unit))

    def gradient(self, *stops: Colour, along: Array | None = None) -> Array:
        """Colours blended from top to bottom, or along a value from 0 to 1."""
        where = self.y if along is None else along
        knots = np.linspace(0, 1, len(stops))
        channels = [np.interp(where, knots, [stop[c] for stop in stops]) for c in range(3)]
        return np.broadcast_to(np.stack(channels, -1), (self.height, self.width, 3)).astype(np.float32)

    def sky(self, *stops: Colour, clouds: Colour, cover: float) -> Array:
        """A gradient with clouds that are flatter near the horizon."""
        image = self.gradient(*stops)
        return over(image, clouds, np.clip(self.noise(5, 2, 5) + cover, 0, 1) * 0.8)


def over(image: Array, colour: "Colour | Array", mask: Array) -> Array:
    """The image under a colour; mask: shape (height, width), 0 (image) to 1 (colour)."""
    result = np.array(image, np.float32)
    rows, columns = (_reach(np.any(mask, axis)) for axis in (1, 0))  # most of what is painted is small
    image, alpha = image[rows, columns], mask[rows, columns, None]
    painted = np.asarray(colour, np.float32)
    painted = painted[rows, columns] if painted.ndim > 1 else painted
    result[rows, columns] = image * (1 - alpha) + painted * alpha
    return result


def _reach(hit: npt.NDArray[np.bool_]) -> slice:
    """From the first to the last that is hit."""
    (places,) = hit.nonzero()
    return slice(places[0], places[-1] + 1) if len(places) else slice(0)


def step(value: Array, softness: float) -> Array:
    """0 below zero, 1 above, with a soft edge."""
    return np.asarray(np.clip(value / np.float32(softness) + 0.5, 0, 1))


def _mountains(c: Canvas, haze: float) -> Array:
    """Ridges at dusk, each paler the farther it is, with snow on the highest."""
    sun = c.rng.uniform(0.2, 0.8)
    horizon: Colour = (0.98, 0.72, 0.5)
    image = c.sky((0.16, 0.22, 0.46), (0.55, 0.42, 0.58), horizon, horizon, clouds=(0.95, 0.55, 0.45), cover=-0.25)
    image += np.exp(-(c.disc(sun, 0.5, 0.3) ** 2))[..., None] * np.array([0.35, 0.2, 0.05], np.float32)
    relief = c.noise(9, 9, 5)
    lit = np.gradient(relief, axis=1) * np.float32(np.sign(sun - 0.5) * 9)
    for layer, base in enumerate(np.linspace(0.46, 0.92, 5)):
        near = layer / 4
        top = base - c.line(2 + layer, 6) * (0.15 - 0.08 * near)
        depth = c.y - top
        ground = np.array([0.30, 0.28, 0.40]) * (1 - near) + np.array([0.05, 0.09, 0.08]) * near
        colour = ground + (lit * 0.14 + relief * 0.05)[..., None] * (1.2 - near)
        if layer < 2:
            snow = step(0.1 + 0.05 * relief - depth, 0.04)
            colour = over(colour, (0.92, 0.86, 0.9), snow * np.clip(0.65 + lit, 0.15, 1))
        veil = (1 - near) * (0.25 + 0.55 * haze) + 0.25 * (1 - near) * np.clip(depth * 4, 0, 1)
        image = over(image, over(colour, horizon, np.clip(veil, 0, 0.9)), step(depth, 0.006))
    return image


def _sea(c: Canvas, haze: float) -> Array:
    """A low sun over waves that shrink towards the horizon, its light in a path on the water, foam on the sand."""
    line, sun = c.rng.uniform(0.36, 0.5), c.rng.uniform(0.2, 0.8)
    image = c.sky(
        (0.25, 0.5, 0.8), (0.62, 0.75, 0.85), (1, 0.85, 0.6), (1, 0.8, 0.5), clouds=(1, 0.93, 0.85), cover=-0.1
    )
    disc = c.disc(sun, line - 0.13, 0.05)
    image += np.exp(-disc / 5)[..., None] * np.array([0.4, 0.3, 0.1], np.float32)
    image = over(image, (1, 0.96, 0.8), step(1 - disc, 0.3))
    near = np.clip((c.y - line) / (1 - line), 0, 1)
    swell = np.sin(14 / (near + 0.12) + 3 * c.noise(24, 3, 3)) * 0.5 + c.noise(60, 9, 3) * 0.5
    water = c.gradient((0.55, 0.66, 0.7), (0.1, 0.42, 0.52), (0.03, 0.24, 0.36), along=near)
    water = water + (swell * (0.04 + 0.1 * near))[..., None]
    path = np.exp(-(((c.x - sun) / (0.05 + 0.2 * near)) ** 2)) * np.clip(0.5 + swell, 0, 1)
    water = over(water, (1, 0.9, 0.65), path * 0.9)
    edge = near - 0.78 - 0.06 * c.line(2, 4)
    water = over(water, (0.95, 0.97, 0.96), np.exp(-((edge * 22) ** 2)) * np.clip(0.8 + c.noise(40, 40, 2), 0, 1))
    sand = (
        np.array([0.8, 0.68, 0.5])
        * (1 - 0.15 * np.exp(-np.clip(edge, 0, 1) * 9) + 0.06 * c.noise(50, 50, 3))[..., None]
    )
    water = over(water, sand, step(edge - 0.04, 0.03))
    water = over(water, (0.93, 0.88, 0.8), haze * 0.8 * np.exp(-near * 5) + 0 * c.x)
    return over(image, water, step(c.y - line, 0.004) + 0 * c.x)


def _skyline(c: Canvas, haze: float) -> Array:
    """A city at night: towers in three depths, lit windows, and their light on a river."""
    shore = c.rng.uniform(0.72, 0.84)
    glow: Colour = (0.42, 0.27, 0.36)
    image = c.sky((0.02, 0.03, 0.1), (0.08, 0.08, 0.22), glow, glow, clouds=(0.35, 0.25, 0.35), cover=-0.35)
    for layer in range(3):
        slots = int(c.rng.integers(9, 13)) + 2 * (2 - layer)
        slot = c.x * slots
        tower = np.minimum(slot.astype(np.int64), slots - 1)
        top = c.rng.uniform(0.14 + 0.13 * layer, 0.62 + 0.05 * layer, slots).astype(np.float32)[tower]
        margin = c.rng.uniform(0, 0.2, slots).astype(np.float32)[tower]
        inside = step(c.y - top, 0.004) * (np.abs(slot - tower - 0.5) < 0.5 - margin)
        wall = np.array([0.05, 0.06, 0.12]) * (1.9 - 0.5 * layer) * (1.25 - 0.5 * np.abs(slot - tower))[..., None]
        rows, columns = 46 + 0 * layer, slots * 6
        lights = c.rng.random((rows, columns)) < c.rng.uniform(0.15, 0.65, slots)[np.arange(columns) // 6]
        tint = c.rng.uniform(0.4, 1, (rows, columns, 1)) * np.array([1, 0.8, 0.45]) + c.rng.uniform(
            0, 0.25, (rows, columns, 1)
        )
        row, column = c.y * rows, c.x * columns
        pane = ((row % 1) > 0.35) & ((column % 1) > 0.3)
        at = (np.minimum(row.astype(int), rows - 1), np.minimum(column.astype(int), columns - 1))
        facade = np.where((pane & lights[at])[..., None], tint[at] * (0.5 + 0.25 * layer), wall)
        facade = over(
            facade, glow, np.clip((0.25 + 0.5 * haze) * (2 - layer) / 2 + 0.3 * (c.y - 0.5), 0, 0.8) + 0 * c.x
        )
        image = over(image, facade, inside)
    edge = int(shore * c.height)
    mirror = image[:edge][::-1][: c.height - edge]
    ripple = (c.noise(70, 12, 2)[edge : edge + len(mirror)] * 5).astype(int)
    across = np.clip(np.arange(c.width)[None, :] + ripple, 0, c.width - 1)
    image[edge : edge + len(mirror)] = mirror[np.arange(len(mirror))[:, None], across] * 0.6 + np.array(
        [0.02, 0.03, 0.07]
    )
    return image


def _forest(c: Canvas, haze: float) -> Array:
    """A path between trunks that pale into mist, under leaves with beams of light."""
    vanish = c.rng.uniform(0.35, 0.65)
    leaf = np.array([0.18, 0.36, 0.1]) if c.rng.random() < 0.6 else np.array([0.5, 0.34, 0.08])
    mist: Colour = (0.85, 0.9, 0.72)
    foliage = c.noise(14, 14, 5)
    image = over(c.gradient(mist, mist, mist), leaf * 1.3, np.clip(0.35 + foliage * 0.5, 0, 1) * (1 - 0.5 * haze))
    floor = np.clip((c.y - 0.58) / 0.42, 0, 1)
    litter = c.noise(34, 20, 4)
    ground = leaf * np.clip(0.75 + 0.45 * litter, 0.1, 2)[..., None]
    bend = vanish + 0.12 * np.sin(3 * floor) * np.sign(vanish - 0.5)
    path = step(0.02 + 0.24 * floor - np.abs(c.x - bend) + 0.015 * litter, 0.05)
    ground = over(ground, np.array([0.55, 0.43, 0.3]) * (0.9 + 0.2 * litter)[..., None], path)
    ground = over(ground, mist, np.clip((1 - floor) ** 3 * (0.4 + 0.5 * haze), 0, 1) + 0 * c.x)
    image = over(image, ground, step(c.y - 0.58 - 0.02 * c.line(4), 0.02))
    bark = c.noise(4, 50, 3)
    for layer in range(4):
        near = layer / 3
        for _ in range(9 - 2 * layer):
            side = c.rng.choice((-1, 1))
            at = vanish + side * c.rng.uniform(0.04 + 0.13 * near, 0.6)
            wide = 0.008 + 0.032 * near * c.rng.uniform(0.7, 1.3)
            foot = 0.6 + 0.3 * near + c.rng.uniform(-0.02, 0.05)
            offset = (c.x - at - 0.03 * side * (1 - c.y)) / wide / (1 + 0.5 * np.exp((c.y - foot) * 12))
            round_ = 0.75 - 0.4 * offset * side + 0.3 * bark
            trunk = np.array([0.3, 0.22, 0.15]) * np.clip(round_, 0.15, 1.6)[..., None]
            trunk = over(trunk, mist, np.full_like(foliage, (1 - near) * (0.35 + 0.45 * haze)))
            image = over(image, trunk, step(1 - np.abs(offset), 0.25) * step(foot - c.y, 0.01))
    crown = step(foliage + 0.75 - 2.6 * c.y + 0.35 * np.abs(c.x - vanish), 0.5)
    image = over(image, leaf * np.clip(0.8 + 0.6 * litter, 0.2, 2)[..., None], crown * 0.9)
    beams = np.clip(np.sin((c.x - vanish + 0.5 * c.y) * 26 + 2 * foliage[:1]), 0, 1) * np.clip(1 - c.y * 1.2, 0, 1)
    return over(image, (1, 0.95, 0.7), beams * 0.28)


def _plate(c: Canvas, haze: float) -> Array:
    """A plate of food on a wooden table, seen from above, by the light of a window."""
    grain = np.sin(40 * c.y + 5 * c.noise(10, 2, 4)) * 0.5 + c.noise(90, 5, 2) * 0.6
    planks = step(0.025 - np.abs((c.y * 5) % 1 - 0.5), 0.02)
    wood = np.array([0.42, 0.26, 0.15]) if c.rng.random() < 0.5 else np.array([0.62, 0.5, 0.38])
    image = wood * (1 + 0.16 * grain - 0.6 * planks)[..., None]
    x, y = c.rng.uniform(0.44, 0.56, 2)
    image = image * (1 - 0.65 * np.exp(-np.clip(c.disc(x + 0.03, y + 0.05, 0.4) - 0.95, 0, 9) * 9))[..., None]
    plate = c.disc(x, y, 0.4)
    angle = np.arctan2(c.y - y, (c.x - x) * c.aspect)
    china = 0.93 - 0.1 * np.exp(-(((plate - 0.68) * 16) ** 2)) * np.cos(angle + 2.2) - 0.05 * plate
    image = over(image, np.array([0.99, 0.98, 0.95]) * china[..., None], step(1 - plate, 0.02))
    crumb = c.noise(50, 50, 3)
    menu = np.array([(0.75, 0.16, 0.1), (0.35, 0.55, 0.15), (0.85, 0.6, 0.2), (0.5, 0.25, 0.12), (0.95, 0.88, 0.6)])
    unit = 0.4 * min(1.0, float(c.aspect))
    for _ in range(26):
        turn, far = c.rng.uniform(0, 2 * np.pi), np.sqrt(c.rng.uniform(0, 0.3))
        bx, by = x + unit * far * np.cos(turn) / float(c.aspect), y + unit * far * np.sin(turn)
        size = c.rng.uniform(0.045, 0.1)
        colour = menu[c.rng.integers(len(menu))] * c.rng.uniform(0.8, 1.15)
        wobble = c.disc(bx, by, size) + 0.14 * crumb
        image = image * (1 - 0.45 * np.exp(-np.clip(c.disc(bx + 0.01, by + 0.018, size) - 0.8, 0, 9) * 5))[..., None]
        side = ((bx - c.x) * c.aspect + by - c.y) / np.float32(size)  # light from the upper left
        ball = colour * np.clip(0.85 + 0.35 * side + 0.12 * crumb, 0.2, 1.5)[..., None]
        ball = ball + 0.5 * np.exp(-((c.disc(bx - size * 0.3, by - size * 0.35, size * 0.25)) ** 2))[..., None]
        image = over(image, ball, step(1 - wobble, 0.12))
    window = np.clip(1.12 - 0.5 * (c.x * 0.7 + c.y * 0.6), 0.3, 1.2)
    return over(image * window[..., None], (0.9, 0.88, 0.85), 0.25 * haze * (1 - c.y) + 0 * c.x)


def _flower(c: Canvas, haze: float) -> Array:
    """A flower close up before a blurred garden."""
    image = c.gradient((0.2, 0.42, 0.14), (0.1, 0.27, 0.1)) * (1 + 0.4 * c.noise(3, 3, 2))[..., None]
    for _ in range(14):
        bx, by, size = *c.rng.uniform(0, 1, 2), c.rng.uniform(0.05, 0.13)
        tint = np.array([0.6, 0.75, 0.3]) + c.rng.uniform(-0.15, 0.35, 3)
        image = over(image, tint, step(1 - c.disc(bx, by, size), 0.3) * c.rng.uniform(0.1, 0.4))
    image = over(image, (0.75, 0.82, 0.65), np.full((c.height, c.width), 0.35 * haze, np.float32))
    x, y = c.rng.uniform(0.38, 0.62), c.rng.uniform(0.36, 0.52)
    stem = np.abs(c.x - x - 0.07 * np.sin(3 * (c.y - y))) / 0.014
    image = over(
        image,
        np.array([0.25, 0.5, 0.15]) * (1.1 - 0.5 * np.clip(stem, 0, 1))[..., None],
        step(1 - stem, 0.4) * (c.y > y),
    )
    hues = np.array([(0.88, 0.12, 0.3), (0.95, 0.75, 0.1), (0.62, 0.3, 0.8), (0.97, 0.92, 0.95), (1.0, 0.45, 0.15)])
    petal, count = hues[c.rng.integers(len(hues))], int(c.rng.integers(5, 15))
    veins = c.noise(6, 6, 3)
    far = c.disc(x, y, 0.4)
    angle = np.arctan2(c.y - y, (c.x - x) * c.aspect)
    for ring, reach in enumerate((1.0, 0.78, 0.55)):
        turned = angle * count / 2 + ring * 1.3 + 0.12 * veins + c.rng.uniform(0, 0.4)
        edge = reach * (0.42 + 0.58 * np.abs(np.cos(turned)) ** 0.55)
        fold = np.abs(np.cos(turned)) * 0.35 + 0.35 * far / reach + 0.08 * np.sin(angle * count * 6) + 0.1 * veins
        light = np.clip(0.42 + fold - 0.18 * np.sin(angle + 0.8), 0.1, 1.25)
        image = image * (1 - 0.4 * np.exp(-np.clip(far - edge, 0, 9) * 14))[..., None]
        image = over(image, petal * light[..., None], step(edge - far, 0.03))
    heart = c.disc(x, y, 0.085)
    pollen = np.array([0.75, 0.5, 0.08]) * np.clip(1.15 - 0.55 * heart + 0.5 * c.noise(60, 60, 2), 0.1, 1.6)[..., None]
    return over(image, pollen, step(1 - heart + 0.1 * veins, 0.2))


def _desert(c: Canvas, haze: float) -> Array:
    """Dunes with a bright and a shaded side and wind ripples, under a clear sky."""
    image = c.sky((0.2, 0.45, 0.8), (0.5, 0.7, 0.9), (0.85, 0.85, 0.82), clouds=(0.97, 0.97, 0.97), cover=-0.75)
    fine = c.noise(40, 40, 3)
    for layer, base in enumerate((0.4, 0.52, 0.66, 0.82)):
        near = layer / 3
        wave = np.sin(c.x * c.rng.uniform(3, 7) + c.rng.uniform(0, 6))
        top = base - 0.1 * wave - 0.03 * c.line(2, 2)
        depth = c.y - top
        crest = c.rng.uniform(0.2, 0.8) + c.rng.uniform(-0.8, 0.8) * depth + 0.06 * np.sin(depth * 14)
        shade = step(c.x - crest, 0.03 + 0.05 * near) * np.exp(-np.clip(depth, 0, 1) * 3)
        ripples = np.sin((depth * 90 + 12 * np.sin(5 * c.x + layer) + 3 * c.noise(4, 4, 2)) * (1.6 - 0.7 * near))
        light = 0.95 - 0.5 * shade + (0.02 + 0.05 * near) * ripples + 0.03 * fine - 0.12 * depth
        sand = np.array([0.93, 0.66, 0.38]) * light[..., None]
        sand = over(sand, (0.88, 0.82, 0.74), np.full_like(fine, (1 - near) * (0.1 + 0.7 * haze)))
        image = over(image, sand, step(depth, 0.006))
    return image


def _aurora(c: Canvas, haze: float) -> Array:
    """Curtains of northern light and stars over snow with firs."""
    image = c.gradient((0.01, 0.02, 0.08), (0.03, 0.07, 0.17), (0.06, 0.16, 0.22))
    stars = (c.rng.random((c.height, c.width)) > 0.9975).astype(np.float32) * c.rng.uniform(0.3, 1)
    image = image + stars[..., None] * (1 - 0.7 * haze)
    rays = c.noise(2, 60, 2)
    for _ in range(3):
        foot = c.rng.uniform(0.3, 0.52) + 0.11 * c.line(2, 3, 0.35)
        rise = np.clip(foot - c.y, 0, 1)
        curtain = step(rise, 0.03) * np.exp(-rise * c.rng.uniform(4, 8)) * np.clip(0.6 + 0.5 * rays, 0, 1.3)
        colour = c.gradient((0.15, 0.95, 0.5), (0.2, 0.7, 0.6), (0.6, 0.2, 0.7), along=np.clip(rise * 2.4, 0, 1))
        image = image + colour * (curtain * c.rng.uniform(0.5, 0.95))[..., None]
    image = over(image, (0.25, 0.4, 0.4), 0.5 * haze * np.clip(c.y, 0, 1) + 0 * c.x)
    ground = 0.7 - 0.07 * c.line(2, 3, 0.35)
    depth = c.y - ground
    drifts = c.noise(12, 4, 4)
    snow = c.gradient((0.25, 0.42, 0.48), (0.42, 0.55, 0.68)) * np.clip(0.85 + 0.25 * drifts, 0.2, 1.4)[..., None]
    image = over(image, snow, step(depth, 0.008))
    needles = c.noise(50, 50, 2)
    for near in np.sort(c.rng.uniform(0, 1, 12)):
        at, foot = c.rng.uniform(0, 1), 0.71 + 0.2 * near
        tall = (0.12 + 0.25 * near) * c.rng.uniform(0.7, 1.2)
        down = (c.y - foot + tall) / tall
        bough = (0.25 + 0.75 * ((down * 7) % 1)) * 0.25 * np.clip(down, 0, 1) * tall / c.aspect + 0.02 * tall * down
        fir = step(bough * (1 + 0.4 * needles) - np.abs(c.x - at), 0.008) * (down > 0) * (down < 1)
        frost = np.array([0.03, 0.08, 0.1]) + np.clip(needles * 0.22, 0, 1)[..., None]
        image = over(image, frost, fir)
    return image


_SCENES: dict[str, Callable[[Canvas, float], Array]] = {
    "mountains": _mountains,
    "sea": _sea,
    "skyline": _skyline,
    "forest": _forest,
    "plate": _plate,
    "flower": _flower,
    "desert": _desert,
    "aurora": _aurora,
}
KINDS = tuple(_SCENES)
"""The kinds of scene that there are."""
