"""From avatar, motion and residual layer to bytes and back.

Every ``encode_*`` here returns *finished* section bytes: the entropy stage is inside them, per stream, so a container
stores them as they are. Section names are keys of plain dicts; a container keeps the names it is given.

    order.py       storage order, levels of detail                    order
    canonical.py   canonical splats and binding                       splats.0, splats.1, … (one per level)
    residual.py    the residual layer                                 model (per avatar); nodes, detail.* (per group)
    pose.py        joint rotations and root translation of a group    pose
    light_frames.py  pose and node motion live, frame by frame        (not in packages)
    entropy/       byte codecs by id: raw, rans, lz4, zstd

docs/SPEC.md holds the byte layouts.
"""
