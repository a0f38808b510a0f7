"""BakeSettings: everything that decides what a bake writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ani3d_runtime.bake.characters import CHARACTER_NAMES
from ani3d_runtime.bake.characters.build import DetailName
from ani3d_runtime.bake.generators.registry import RESIDUALS
from ani3d_runtime.bake.inputs import OWN_SOURCES, is_residual_file, name_of
from ani3d_runtime.bake.json_record import record_from_json, record_to_json
from ani3d_runtime.bake.loop_choice import LoopChoice, loop_choices
from ani3d_runtime.bake.practice_count import DEFAULT_MOTIONS, MOST_MOTIONS
from ani3d_runtime.bake.quality import BakeQuality, bounds_of
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, builtin_motion_names
from ani3d_runtime.codec.encoder.bounds import MAX_ERROR_M, MIN_ERROR_M, PartBounds
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.formats.registry import suffixes
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.texts import manifest_text

# Fields that recipes of earlier versions do not have; as JSON, with what they stood for.
_SINCE_THEN: dict[str, Any] = {
    "loops": [],
    "markers": None,
    "in_place": False,
    "clip_names": [],
    "drop_nan": False,
    "drop_floor": False,
    "drop_strays": False,
    "avatar_from": None,
    "pictures": [],
}
_MOTION_SINCE_THEN: dict[str, Any] = {"reference_frame": None, "take": None, "lock_feet": False}
# Fields that say where a result goes and how it is reached, and do not change it; as JSON, with their defaults.
_OF_THE_RUN: dict[str, Any] = {"output": None, "overwrite": False, "into": False}
_RESTORING_OF_THE_RUN: dict[str, Any] = {"device": "auto", "report": None}


@dataclass(frozen=True)
class BakeSettings:
    """Everything that decides what a bake writes.

    Attributes:
        avatar: a built-in name, or the path of a file of Gaussians.
        motions: built-in names or files, one clip each, named after the file's stem.
        residuals: ``none``, ``simulated``, ``restored`` or a file; one for all clips, or one per clip. Empty means
            simulated for a built-in character and none for a PLY.
        output: the package to write.
        into: whether the output is a package that is there and gets further clips.
        body: ``builtin``, or the path of an SMPL-layout file.
        axes: how a file's axes lie; as its format says, or else as the body stands in them, when None.
        drop_nan: Gaussians of a file with NaN are left out, instead of the file being refused.
        drop_floor, drop_strays: leave out what lies around the person of a file.
        fit: ``auto`` moves and scales a PLY to the body; ``none`` takes its metres as they are.
        rest_pose: the pose a PLY was captured in: ``t``, ``a`` or an npz.
        parts: npz with part labels for a PLY, or None to guess them.
        clip_names: names of the clips, one per motion; empty to name each after its motion.
        motion_options: how motion files are to be understood.
        loops: what of which motion is looped; see :func:`~ani3d_runtime.bake.loop_choice.loop_choices`.
        markers: JSON of markers of clips, beside the contacts of feet that are found.
        in_place: players leave the root's way over the ground out unless they are asked for it.
        max_error_m: bound on every Gaussian's position in every frame, rest-pose space; 1 mm where neither it nor
            ``quality`` is given.
        quality: preset of bounds that differ from part to part, which ``max_error_m`` wins over, and of the effort
            that restoring takes.
        restoring: how restored residuals come about.
        seed: of a built-in character, and of restoring.
        detail: level of detail of a built-in character.
        practice: so many made-up motions are simulated to fit the driver, where no clip's residual comes from a file;
            None means 16, or what a package was baked with.
        avatar_from: name and version of the plugin that made the avatar's file of pictures, where one did; it is
            recorded. :func:`~ani3d_runtime.bake.generators.avatar.generated_avatar` makes such a file.
        pictures: what it was made of.
        overwrite: replace the output if it exists; with ``into``, the clips of the same name.
    """

    avatar: str
    motions: tuple[str, ...]
    output: Path
    residuals: tuple[str, ...] = ()
    body: str = "builtin"
    axes: Axes | None = None
    drop_nan: bool = False
    drop_floor: bool = False
    drop_strays: bool = False
    fit: Literal["auto", "none"] = "auto"
    rest_pose: str = "t"
    parts: Path | None = None
    clip_names: tuple[str, ...] = ()
    motion_options: MotionOptions = field(default_factory=MotionOptions)
    loops: tuple[str, ...] = ()
    markers: Path | None = None
    in_place: bool = False
    max_error_m: float | None = None
    quality: BakeQuality | None = None
    restoring: RestoreSettings = field(default_factory=RestoreSettings)
    seed: int = 0
    detail: DetailName = "medium"
    practice: int | None = None
    avatar_from: str | None = None
    pictures: tuple[Path, ...] = ()
    overwrite: bool = False
    into: bool = False

    def to_json(self) -> dict[str, Any]:
        """Every field, as :meth:`from_json` and scripts read it."""
        return record_to_json(self)

    @classmethod
    def from_json(cls, value: object, name: str = "settings") -> BakeSettings:
        """The settings of which :meth:`to_json` gave ``value``.

        Args:
            value: a map of all fields.
            name: how refusals name it.

        Raises:
            InputError: ``settings-field-unknown``, ``settings-field-missing``, ``settings-field-value``.
            UsageError: ``motion-bad-option``. :meth:`refuse_bad` sees to the rest.
        """
        return record_from_json(cls, value, name)

    def recipe_json(self) -> dict[str, Any]:
        """The fields that decide the result, files by their names alone: what a package keeps of the settings."""
        fields = self._without_folders().to_json()
        kept = {name: value for name, value in fields.items() if name not in _OF_THE_RUN}
        restoring = {name: value for name, value in fields["restoring"].items() if name not in _RESTORING_OF_THE_RUN}
        return {**kept, "restoring": restoring}

    @classmethod
    def from_recipe_json(cls, value: Mapping[str, Any], output: Path, name: str) -> BakeSettings:
        """The settings of which a package keeps ``value``; files lie nowhere in particular.

        Args:
            value: what :meth:`recipe_json` gave.
            output: the package.
            name: how refusals name the settings.

        Raises:
            InputError, UsageError: as :meth:`from_json`.
        """
        run = {**_OF_THE_RUN, "output": str(output), "into": True}
        restoring = value.get("restoring")
        if isinstance(restoring, dict):
            run["restoring"] = {**restoring, **_RESTORING_OF_THE_RUN}
        motion_options = value.get("motion_options")
        if isinstance(motion_options, dict):
            run["motion_options"] = {**_MOTION_SINCE_THEN, **motion_options}
        return cls.from_json({**_SINCE_THEN, **value, **run}, name)

    def _without_folders(self) -> BakeSettings:
        def bare(path: Path | None) -> Path | None:
            return None if path is None else Path(name_of(path))

        prior = self.restoring.prior
        return replace(
            self,
            avatar=name_of(self.avatar),
            motions=tuple(map(name_of, self.motions)),
            clip_names=tuple(map(manifest_text, self.clip_names)),
            residuals=tuple(map(name_of, self.residuals)),
            body=name_of(self.body),
            rest_pose=name_of(self.rest_pose),
            parts=bare(self.parts),
            markers=bare(self.markers),
            loops=tuple(map(manifest_text, self.loops)),
            pictures=tuple(Path(name_of(picture)) for picture in self.pictures),
            motion_options=replace(self.motion_options, mapping=bare(self.motion_options.mapping)),
            restoring=replace(
                self.restoring,
                # Otherwise a name that is looked up, whose slash is no folder's.
                prior=name_of(prior) if Path(prior).is_dir() else prior,
                reference=tuple(Path(name_of(picture)) for picture in self.restoring.reference),
            ),
        )

    @property
    def is_builtin(self) -> bool:
        """Whether the avatar is a built-in character."""
        return self.avatar in CHARACTER_NAMES

    @property
    def is_restored(self) -> bool:
        """Whether any clip's residual is restored."""
        return "restored" in self.residual_per_clip()

    @property
    def practice_count(self) -> int:
        """How many motions the driver practises."""
        if not self.can_practise:
            return 0
        return DEFAULT_MOTIONS if self.practice is None else self.practice

    @property
    def can_practise(self) -> bool:
        """Whether what moves is cloth and hair, for which further motions can be simulated.

        A file may move anything, a muscle or a face, and a simulation would tell the driver that it stands still.
        """
        sources = set(self.residual_per_clip())
        return sources <= OWN_SOURCES and sources != {"none"}

    @property
    def report(self) -> Path | None:
        """Where the report of a restored bake goes; None for other bakes."""
        return (self.restoring.report or self.output.with_suffix(".html")) if self.is_restored else None

    @property
    def bounds(self) -> PartBounds:
        """What packing may lose."""
        return bounds_of(self.quality, self.max_error_m)

    def residual_per_clip(self) -> list[str]:
        """One source per motion, the default filled in."""
        chosen = self.residuals or (("simulated",) if self.is_builtin else ("none",))
        return list(chosen) * (len(self.motions) if len(chosen) == 1 else 1)

    def loop_per_clip(self) -> list[LoopChoice | None]:
        """What of each motion is looped, None where it is not.

        Raises:
            UsageError: ``bake-loop-*``.
        """
        return loop_choices(self.loops, self.name_per_clip())

    def name_per_clip(self) -> list[str]:
        """What each clip will be called."""
        return list(self.clip_names) or [
            motion if motion in builtin_motion_names() else Path(motion).stem for motion in self.motions
        ]

    def refuse_bad(self) -> None:
        """Refuse what can be seen to be wrong without reading anything.

        A refusal is about a field, by its name, or about a file.

        Raises:
            UsageError: ``bake-*`` and ``output-*``. NotFoundError: ``bake-avatar-unknown``.
        """
        self._refuse_avatar()
        self._refuse_clips()
        self._refuse_numbers()
        self._refuse_output()
        if self.is_restored:
            self.restoring.refuse_bad()
        elif self.restoring != RestoreSettings():
            raise _refusal(
                "bake-nothing-restored",
                "residuals",
                ", ".join(self.residual_per_clip()),
                "restored, for options of restoring are given",
                "Choose restored residuals, or leave these options out.",
            )

    def _refuse_clips(self) -> None:
        if not self.motions:
            raise _refusal("bake-no-motion", "motions", "none", "at least one motion", "Add one, such as dance.")
        if len(self.residuals) not in (0, 1, len(self.motions)):
            raise _refusal(
                "bake-residual-count",
                "residuals",
                f"{len(self.residuals)} for {len(self.motions)} motions",
                "one for all clips, or one per clip",
                "Give one residual per motion, in the same order.",
            )

        named = {name for name in self.residuals if name not in OWN_SOURCES and not is_residual_file(name)}
        plugins = RESIDUALS.names() if named else []
        unknown = sorted(named.difference(plugins))
        if unknown:
            raise _refusal(
                "bake-residual-unknown",
                "residuals",
                repr(unknown[0]),
                f"{', '.join([*sorted(OWN_SOURCES), *plugins])}, or an .npz file",
                "Check the spelling; 'ani3d formats' lists what is installed.",
            )

        if self.clip_names and len(self.clip_names) != len(self.motions):
            raise _refusal(
                "bake-clip-names",
                "clip_names",
                f"{len(self.clip_names)} names for {len(self.motions)} motions",
                "one name per motion, in the same order",
                "Give --clip-name once per --motion, or leave all of them out.",
            )

        self.loop_per_clip()

    def _refuse_numbers(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise _refusal("bake-seed", "seed", str(self.seed), "0 to 2⁶³ − 1", "Leave it out for 0.")
        if self.max_error_m is not None and not MIN_ERROR_M <= self.max_error_m <= MAX_ERROR_M:
            raise _refusal(
                "bake-error-bound",
                "max_error_m",
                f"{self.max_error_m * 1e3:g} mm",
                f"{MIN_ERROR_M * 1e3:g} to {MAX_ERROR_M * 1e3:g} mm",
                "The default of 1 mm suits most avatars.",
            )
        if self.practice is not None and not 0 <= self.practice <= MOST_MOTIONS:
            raise _refusal(
                "bake-practice-count",
                "practice",
                str(self.practice),
                f"0 to {MOST_MOTIONS} motions",
                f"The default of {DEFAULT_MOTIONS} suits most avatars; 0 is fastest.",
            )
        if self.practice and not self.can_practise:
            raise _refusal(
                "bake-nothing-practised",
                "practice",
                f"{self.practice} motions for a residual layer that is {', '.join(self.residual_per_clip())}",
                "a residual layer that is simulated or restored in every clip",
                "Leave it out.",
            )

    def _refuse_avatar(self) -> None:
        if not self.is_builtin and Path(self.avatar).suffix.lower() not in suffixes("avatar"):
            is_there = Path(self.avatar).exists()
            is_motion = Path(self.avatar).suffix.lower() in {".bvh", ".npz", ".smpl", *suffixes("motion")}
            there = ("a motion", "Pass it as --motion, and a file of Gaussians in its place.")
            found, fix = there if is_motion else ("a file that nothing here reads", "Export it as a 3DGS .ply.")
            raise NotFoundError(
                "bake-avatar-unknown",
                self.avatar,
                found=found if is_there else "neither a built-in name nor a file",
                expected=f"{', '.join(CHARACTER_NAMES)}, or a file of Gaussians: {', '.join(suffixes('avatar'))}",
                fix=fix if is_there else "Check the spelling.",
            )
        if self.is_builtin and self.body != "builtin":
            raise _refusal(
                "bake-builtin-body",
                "body",
                f"a body file for the built-in avatar {self.avatar}",
                "builtin",
                "Leave it out; it is for avatars from a file.",
            )

    def _refuse_output(self) -> None:
        if self.output.suffix != ".a3d":
            raise _refusal("output-suffix", self.output, f"suffix {self.output.suffix!r}", ".a3d", "Rename the output.")
        if not self.output.parent.is_dir():
            fix = f"mkdir -p {self.output.parent}"
            raise _refusal("output-no-folder", self.output.parent, "no such folder", "a folder to write into", fix)
        if self.output.exists() and not (self.overwrite or self.into):
            fix = "Choose another name or pass --force."
            raise _refusal("output-exists", self.output, "a file of that name", "a new file", fix)
        if self.report is not None and self.report.exists() and not (self.overwrite or self.into):
            fix = "Pass --force, or choose another name with --report."
            raise _refusal("output-exists", self.report, "a report of that name", "a new file", fix)


def refuse_repeated_names(motions: Sequence[Motion]) -> None:
    """Clips are found by name, so each must have its own.

    Raises:
        UsageError: ``bake-clip-twice``.
    """
    names = [motion.name for motion in motions]
    for name in names:
        if names.count(name) > 1:
            raise _refusal(
                "bake-clip-twice",
                name,
                "two motions of that name",
                "one name per clip",
                f"Name the clips, once per motion: --clip-name {name}_1 --clip-name {name}_2",
            )


def _refusal(code: str, subject: object, found: str, expected: str, fix: str) -> UsageError:
    return UsageError(code, subject, found=found, expected=expected, fix=fix)
