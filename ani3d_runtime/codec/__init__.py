"""From avatar, motion and residual layer to bytes and back.

Every ``encode_*`` here returns *finished* section bytes: the entropy stage is inside them, per stream, so a container
stores them as they are. Section names are keys of plain dicts; a container keeps the names it is given.

    sections/    one file per section: what every language that reads packages ports
    encoder/     what our encoder chooses: order, steps, nodes, predictions; sections never import it
    primitives/  integers, floats, cosines, quaternions
    entropy/     byte codecs by id: raw, rans, lz4, zstd
    live/        pose and node motion frame by frame; not in packages

spec/SPEC.md holds the byte layouts.
"""
