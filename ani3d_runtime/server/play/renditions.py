"""The forms that a clip's frames may be sent in, from what a client asked for down to the least."""

from __future__ import annotations

from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.rpc.v1 import playback_pb2
from ani3d_runtime.server.stream.frame_form import FrameForm, agreed_form
from ani3d_runtime.server.stream.message_size import max_frame_bytes
from ani3d_runtime.server.stream.rendition_ladder import RenditionForm

# Of floats; docs/serving.md, "Sizes of messages".
_LIKELY_STEPS_SHARE = 0.1


def rendition_forms(start: playback_pb2.StartCommand, form: FrameForm, manifest: Manifest) -> list[RenditionForm]:
    """What the client asked for, and a light form without detail where that is less.

    Args:
        start: of the client.
        form: that was agreed on.
        manifest: of the package.
    """
    with_detail = not start.without_detail
    asked = RenditionForm(form, with_detail, 0.0)
    if form is FrameForm.FULL or not (with_detail and start.adaptive):
        return [asked]
    least = agreed_form(start.mode, start.codecs, manifest.corrective_count, with_detail=False)
    counts = (manifest.joint_count, manifest.node_count, manifest.corrective_count, manifest.gaussian_count)
    floats_bytes = max_frame_bytes(FrameForm.FLOATS, *counts, with_detail=False)
    likely_bytes = floats_bytes * (_LIKELY_STEPS_SHARE if least is FrameForm.STEPS else 1.0)
    return [asked, RenditionForm(least, False, likely_bytes)]
