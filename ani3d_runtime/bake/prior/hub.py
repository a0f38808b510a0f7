"""Weights from the Hugging Face hub that are already on this machine. Nothing here opens a connection."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.errors import NotFoundError


def downloaded_folder(hub_id: str) -> Path:
    """The folder of a downloaded repository, such as ``Wan-AI/Wan2.1-T2V-1.3B-Diffusers``.

    Raises:
        NotFoundError: ``prior-not-downloaded``.
    """
    # Imported here: half a second that naming a folder should not cost.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, local_files_only=True))
    except LocalEntryNotFoundError:
        raise NotFoundError(
            "prior-not-downloaded",
            hub_id,
            found="no folder of that name, and no such repository in the hub's cache of this machine",
            expected="weights that have been downloaded; ani3d opens no connection for them",
            fix=f"On a machine with a network, run: hf download {hub_id} --local-dir {hub_id.split('/')[1]}. "
            "Then name that folder.",
        ) from None
