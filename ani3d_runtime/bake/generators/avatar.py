"""Avatars from pictures: a plugin's, as the fields of a bake's settings that name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from ani3d_runtime.bake.generators.generator import GeneratedAvatar
from ani3d_runtime.bake.generators.registry import avatar_generator
from ani3d_runtime.bake.generators.result import file_inside, kept_result
from ani3d_runtime.bake.inputs import REST_POSES, sha256_of
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback

PICTURE_SUFFIXES = (".jpeg", ".jpg", ".png", ".webp")


def generated_avatar(name: str, source: Path, progress: ProgressCallback) -> dict[str, Any]:
    """Fields of :class:`~ani3d_runtime.bake.settings.BakeSettings` for an avatar that a plugin makes of pictures.

    What was made is kept in the cache folder, under the plugin's version and the pictures' digests, and found there by
    ``--into``.

    Args:
        name: of the plugin.
        source: a picture, or a folder of pictures of one person.
        progress: takes the fraction done.

    Raises:
        NotFoundError: ``generator-unknown``. InputError: ``generator-picture``.
        ResourceError: ``plugin-broken``, ``generator-result``, ``cache-unwritable``. Ani3dError: the plugin's own.
    """
    generator = avatar_generator(name)
    pictures = pictures_of(source)
    key = content_key("avatar", name, generator.version(), [sha256_of(picture)[0] for picture in pictures])

    def make(folder: Path) -> dict[str, str | None]:
        made = generator.generate([picture.absolute() for picture in pictures], folder, progress)
        return _checked(made, folder, name, source.stem)

    folder, facts = kept_result(f"{source.stem}-{key}", make)
    rest_pose = facts["rest_pose"] if facts["file_rest_pose"] is None else str(folder / facts["file_rest_pose"])
    fields = {
        "avatar": str(folder / str(facts["file_splats"])),
        "rest_pose": rest_pose,
        "axes": facts["axes"],
        "parts": None if facts["file_parts"] is None else folder / facts["file_parts"],
        "avatar_from": f"{name} {generator.version()}",
        "pictures": pictures,
    }
    return {field: value for field, value in fields.items() if value is not None}


def pictures_of(source: Path) -> tuple[Path, ...]:
    """A picture, or those of a folder, in the order of their names.

    Raises:
        InputError: ``generator-picture``.
    """
    found = [source]
    if source.is_dir():
        found = sorted(path for path in source.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        raise _no_picture(source, "a folder without one")
    for picture in found:
        try:
            with Image.open(picture) as file:
                file.verify()
        except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise _no_picture(picture, f"something else ({error})") from None
    return tuple(found)


def _checked(made: GeneratedAvatar, folder: Path, name: str, stem: str) -> dict[str, str | None]:
    """What is kept of a result. The avatar is called after the pictures, so its file is."""
    splats = folder / file_inside(made.splats, folder, name)
    called = splats.with_name(stem + splats.suffix)
    splats.rename(called)
    is_known = made.rest_pose.lower() in REST_POSES
    return {
        "file_splats": str(called.relative_to(folder)),
        "rest_pose": made.rest_pose if is_known else None,
        "file_rest_pose": None if is_known else file_inside(Path(made.rest_pose), folder, name),
        "axes": made.axes,
        "file_parts": None if made.parts is None else file_inside(made.parts, folder, name),
    }


def _no_picture(path: Path, found: str) -> InputError:
    return InputError(
        "generator-picture",
        path,
        found=found,
        expected=f"a picture of the person, or a folder of such: {', '.join(PICTURE_SUFFIXES)}",
        fix="Name a picture; for a file of Gaussians leave --avatar-from out.",
    )
