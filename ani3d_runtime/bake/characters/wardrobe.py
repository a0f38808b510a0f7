"""Where clothes begin and end on the body, as fields over pattern coordinates: positive inside, zero on a border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.characters.figure import BodyPoint, Figure
from ani3d_runtime.bake.characters.style import Style

NOT_NEAR = 1.0


@dataclass(frozen=True)
class Wardrobe:
    """The cut of a character's clothes."""

    figure: Figure
    style: Style

    @property
    def waist_m(self) -> float:
        """Zero-pose height of the waist."""
        return float(self.figure.joint_m("spine1")[1]) + 0.055

    def neckline(self, p: BodyPoint) -> Float64Array:
        """[N] scooped front and round back; about metres near zero."""
        neck_y = self.figure.joint_m("neck")[1]
        scoop = (0.090, 0.075) if self.style.has_loose_shirt else (0.105, 0.115)
        front = np.sqrt(
            (p.x / scoop[0]) ** 2 + ((p.y - (neck_y - 0.005)) / scoop[1]) ** 2 + ((p.z - 0.075) / 0.13) ** 2
        )
        back = np.sqrt((p.x / 0.085) ** 2 + ((p.y - (neck_y + 0.010)) / 0.075) ** 2)
        return 0.1 * (np.minimum(front, back) - 1)

    def sleeve(self, p: BodyPoint) -> Float64Array:
        """[N] metres from the end of the sleeve, along the arm."""
        return self.figure.joint_m("left_shoulder")[0] + self.style.sleeve_m - np.abs(p.x)

    def top(self, p: BodyPoint) -> Float64Array:
        """[N] fitted top."""
        below = p.y - (self.waist_m - (0.014 if self.style.has_skirt else 0.075))
        inside = np.minimum(np.minimum(self.neckline(p), self.sleeve(p)), below)
        torso = (p.weight("head") < 0.3) & (p.y < self.figure.joint_m("neck")[1] + 0.02)
        return np.where(torso, inside, -NOT_NEAR)

    def trousers(self, p: BodyPoint) -> Float64Array:
        """[N] trunks, shorts or trousers."""
        knee, ankle = self.figure.joint_m("left_knee")[1], self.figure.joint_m("left_ankle")[1]
        hip = self.figure.joint_m("left_hip")[1]
        legs = {"hip": hip - 0.10, "thigh": knee + 0.24, "ankle": ankle + 0.055}[self.style.trouser_hem]
        # Under a loose shirt the waistband would only show through.
        rise = -0.085 if self.style.has_loose_shirt else 0.012
        inside = np.minimum(self.waist_m + rise - p.y, p.y - legs)
        arms = p.weight("wrist", "hand", "elbow") > 0.2
        arms |= np.abs(p.x) > self.figure.joint_m("left_shoulder")[0] + 0.1
        return np.where(arms, -NOT_NEAR, inside)

    def shoe(self, p: BodyPoint) -> Float64Array:
        """[N] shoes; a ballerina leaves the instep bare."""
        ankle, toes = self.figure.joint_m("left_ankle"), self.figure.joint_m("left_foot")
        if not self.style.has_skirt:
            return ankle[1] + 0.030 - 0.25 * (p.z - ankle[2]).clip(0) - p.y
        rim = ankle[1] - 0.020
        opening = np.sqrt(((np.abs(p.x) - toes[0]) / 0.040) ** 2 + ((p.z - (toes[2] - 0.095)) / 0.075) ** 2)
        floor = self.figure.body.vertices_m[:, 1].min()
        vamp = np.where(p.y > floor + 0.030, 0.05 * (opening - 1), NOT_NEAR)
        return np.minimum(rim - p.y, vamp)

    def hides_skin(self, p: BodyPoint) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """[N] skin far enough under cloth that it need not exist."""
        top = self.top(p)
        if self.style.has_loose_shirt:
            # The loose hem and sleeves show some of the skin beneath; the collar lies close.
            hem = p.y - (self.waist_m - 0.075)
            hidden = (top > 0) & (self.neckline(p) > 0.008) & (self.sleeve(p) > 0.06) & (hem > 0.03)
        else:
            hidden = top > 0.010
        hidden |= (self.trousers(p) > 0.006) & (p.y < self.waist_m - 0.005)
        depth = 0.012 if self.style.has_skirt else 0.020
        hidden |= (self.shoe(p) > depth) & (p.y < self.figure.joint_m("left_ankle")[1] + 0.05)
        return hidden
