"""Importers of the motion formats; each reads through the module that knows its format."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.importer import MotionImporter
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.smpl_motion import SmplMotion
from ani3d_runtime.body.readers.takes import chosen_take, doubt_about_takes
from ani3d_runtime.errors import MotionError

# No person moves for a clip and turns no joint by more than this many degrees, but for one who stands still.
_LEAST_RADIANS, _MOST_RADIANS = 0.3, 3.2


class BvhImporter(MotionImporter):
    """BVH."""

    description = "BVH, with joint names of known tools or of your own"
    suffixes = (".bvh",)
    has_takes = True

    def recognises(self, head: bytes) -> bool:
        """By the word at its beginning."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"HIERARCHY")

    def read(self, path: Path, say: Say) -> CapturedMotion:
        """See :func:`~ani3d_runtime.body.readers.bvh.read_bvh`."""
        return self.read_take(path, None, say)

    def read_take(self, path: Path, take: str | None, say: Say) -> CapturedMotion:
        """Takes of a BVH are its MOTION sections, called by their numbers from 1."""
        from ani3d_runtime.body.readers.bvh import bvh_takes, read_bvh

        takes = bvh_takes(path)
        chosen = chosen_take(path, takes, take)
        if chosen is None and len(takes) > 1:
            say(doubt_about_takes(path, takes, takes[0]))
        bvh = read_bvh(path, chosen or 0)
        if bvh.frame_count > bvh.declared_frame_count:
            say(
                f"{path.name}: holds {bvh.frame_count} frames, though it declares {bvh.declared_frame_count}; "
                "all are taken"
            )
        if _LEAST_RADIANS < bvh.widest_angle < _MOST_RADIANS and bvh.frame_count > 1:
            say(
                MotionError(
                    "motion-radians",
                    path,
                    found=f"no angle above {bvh.widest_angle:.2f} in {bvh.frame_count} frames: a body that hardly "
                    "moves, or radians",
                    expected="degrees, as BVH has; they are taken as such",
                    fix="Export it in degrees, unless the body is to stand still.",
                )
            )
        return bvh


class NpzImporter(MotionImporter):
    """Arrays of the SMPL family."""

    description = "AMASS, SMPL and SMPL-X .npz, poses/trans/fps, smplcodec's .smpl"
    suffixes = (".npz", ".smpl")
    is_of_smpl = True

    def recognises(self, head: bytes) -> bool:
        """A zip whose first file is an array."""
        return head.startswith(b"PK\x03\x04") and b".npy" in head

    def read(self, path: Path, say: Say) -> SmplMotion:
        """See :func:`~ani3d_runtime.body.readers.npz_motion.read_smpl_npz`."""
        from ani3d_runtime.body.readers.npz_motion import read_smpl_npz

        return read_smpl_npz(path)


class PickleImporter(MotionImporter):
    """Results of tools that read poses from videos."""

    description = "results of WHAM, TRAM, GVHMR, 4D-Humans, PromptHMR, ROMP and AIST++; nothing in a pickle is executed"
    suffixes = (".pkl", ".pt", ".pth", ".joblib", ".npy")
    is_of_smpl = True

    def read(self, path: Path, say: Say) -> SmplMotion:
        """See :func:`~ani3d_runtime.body.readers.pickle_motion.read_pickle_motion`."""
        from ani3d_runtime.body.readers.pickle_motion import read_pickle_motion

        return read_pickle_motion(path, say)


class FbxImporter(MotionImporter):
    """FBX."""

    description = "FBX, binary or ascii, 6.1 to 7.7; needs ani3d-runtime[fbx]"
    suffixes = (".fbx",)
    has_takes = True

    def recognises(self, head: bytes) -> bool:
        """By the mark of the binary form."""
        return head.startswith(b"Kaydara FBX Binary")

    def read(self, path: Path, say: Say) -> CapturedMotion:
        """See :func:`~ani3d_runtime.body.readers.fbx_motion.read_fbx`."""
        return self.read_take(path, None, say)

    def read_take(self, path: Path, take: str | None, say: Say) -> CapturedMotion:
        """Takes of an FBX are its animation stacks in which something moves."""
        from ani3d_runtime.body.readers.fbx_motion import read_fbx

        return read_fbx(path, take, say)


class GltfMotionImporter(MotionImporter):
    """Animations of glTF."""

    description = "animations of glTF 2.0, VRM and VRMA"
    suffixes = (".glb", ".gltf", ".vrma", ".vrm")
    has_takes = True

    def recognises(self, head: bytes) -> bool:
        """By the mark of a .glb."""
        return head.startswith(b"glTF")

    def read(self, path: Path, say: Say) -> CapturedMotion:
        """See :func:`~ani3d_runtime.body.readers.gltf_motion.read_gltf_motion`."""
        return self.read_take(path, None, say)

    def read_take(self, path: Path, take: str | None, say: Say) -> CapturedMotion:
        """Takes of a glTF are its animations of nodes."""
        from ani3d_runtime.body.readers.gltf_motion import read_gltf_motion

        return read_gltf_motion(path, take, say)
