"""RestoreSettings: what a user decides about a restored residual layer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ani3d_runtime.bake.device import DeviceChoice
from ani3d_runtime.bake.sampling.settings import checked_renoise
from ani3d_runtime.errors import UsageError

CoarseSource: TypeAlias = Literal["rigid", "fitted"]
HairChoice: TypeAlias = Literal["kept", "free"]
PhysicsChoice: TypeAlias = Literal["proxy", "none"]
PreserveForm: TypeAlias = Literal["share", "whole"]

_FEWEST_PX, _MOST_PX = 16, 2048


@dataclass(frozen=True)
class RestoreSettings:
    """What a user decides about a restored residual layer; None leaves it to the quality and the prior.

    Attributes:
        prior: the generative model: builtin, wan, a folder with weights, or a hub id that has been downloaded.
        reference: pictures of the person, which the prior is to follow; a render of the avatar when left out.
        device: where the prior and the fit run; auto takes CUDA where there is one.
        fit_colours: fit the avatar's own colours to the reference first.
        report: HTML page about the restoration; beside the package when left out.
        views: trajectories around the actor per window of time.
        picture_px: height of the pictures that are restored.
        steps: sampling steps on the whole way from pure noise.
        fit_iterations: steps of the fit, over all rounds.
        coarse_from: what is rendered for the prior after the first round: the rigid layer again, or what is fitted so
            far.
        physics: what the fit starts from beside the prior's guesses: a simulation of a proxy that is grown from the
            avatar's own garment and hair, or nothing.
        hair: whether hair is preserved with the skin, or free as garments are; the prior's own recipe when left out.
        preserve: how the mask of what is preserved takes pixels that are partly so: by their share, or, as masks of a
            segmentation are, whole or not at all.
        whole_clip: spread the pictures of every trajectory over the whole clip, however long, as the method's released
            script does; else windows of the prior's own pace.
        renoise: share of fresh noise per step, 0..1, or sigma, or 1-sigma-next; the prior's when left out.
        guidance: classifier-free guidance, 1 for none; the prior's when left out.
    """

    prior: str = "builtin"
    reference: tuple[Path, ...] = ()
    device: DeviceChoice = "auto"
    fit_colours: bool = False
    report: Path | None = None
    views: int | None = None
    picture_px: int | None = None
    steps: int | None = None
    fit_iterations: int | None = None
    coarse_from: CoarseSource | None = None
    physics: PhysicsChoice = "proxy"
    hair: HairChoice | None = None
    preserve: PreserveForm = "share"
    whole_clip: bool = False
    renoise: str | None = None
    guidance: float | None = None

    def refuse_bad(self) -> None:
        """Refuse what can be seen to be wrong without reading anything.

        Raises:
            UsageError: ``restore-option``, ``restore-no-reference``, ``report-no-folder``.
        """
        self._refuse_outside("views", self.views, 1, 1000)
        self._refuse_outside("picture_px", self.picture_px, _FEWEST_PX, _MOST_PX)
        self._refuse_outside("steps", self.steps, 2, 1000)
        self._refuse_outside("fit_iterations", self.fit_iterations, 1, 10_000_000)
        if self.renoise is not None:
            checked_renoise(self.renoise, "restoring.renoise")
        if self.guidance is not None and not 1 <= self.guidance <= 100:
            raise UsageError(
                "restore-option",
                "restoring.guidance",
                found=f"{self.guidance:g}",
                expected="1 to 100",
                fix="Correct the option.",
            )
        for path in self.reference:
            if not path.is_file():
                raise UsageError(
                    "restore-no-reference", path, found="no such file", expected="a picture", fix="Check the path."
                )
        if self.fit_colours and not self.reference:
            raise UsageError(
                "restore-no-reference",
                "restoring.fit_colours",
                found="no reference picture",
                expected="a picture of the person to take colours from",
                fix="Add a reference picture.",
            )
        if self.report is not None and not self.report.parent.is_dir():
            raise UsageError(
                "report-no-folder",
                self.report.parent,
                found="no such folder",
                expected="a folder to write the report into",
                fix=f"mkdir -p {self.report.parent}",
            )

    @staticmethod
    def _refuse_outside(field: str, value: int | None, low: int, high: int) -> None:
        if value is not None and not low <= value <= high:
            raise UsageError(
                "restore-option",
                f"restoring.{field}",
                found=str(value),
                expected=f"{low} to {high}",
                fix="Correct the option.",
            )
