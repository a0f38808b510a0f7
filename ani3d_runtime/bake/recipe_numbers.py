"""Recipe numbers: which version of a piece of our code made a result.

They are part of the keys of caches, and of the recipe that a package keeps. Raise a number by one when the same input
gives another result from then on, however close to the old one. Leave it when code only gets faster, moves, or says
something else; a number that stays lets everybody keep what took hours to make.
"""

from __future__ import annotations

# bake/characters: what a built-in avatar looks like.
CHARACTER = 11
# bake/importers and bake/binding: how a PLY is read and bound to a body.
BINDING = 4
# body/readers, body/retarget* and body/foot_planting: how a motion file becomes a motion; and the built-in ones.
MOTION = 4
# body/period, body/looping, bake/loops and bake/layer_seam: which period of a motion loops, and how it is joined.
LOOP = 1
# body/foot_contacts and bake/soles: when feet come down and lift.
CONTACTS = 1
# bake/simulate, bake/surface_shape and physics: how cloth and hair swing, and what shapes follow.
SIMULATION = 5
# bake/coarse, bake/posing, playback and render: the pictures that a prior is given.
COARSE = 3
# bake/prior, bake/sampling and bake/restoration/pipeline: what a prior makes of them, its weights aside.
RESTORATION = 3
# bake/fit4d and bake/restoration/{video,start,fitting}: how a residual layer is fitted to restored pictures.
FIT = 7
# bake/driver_fit and bake/practice: what moves cloth and hair live.
DRIVER = 4
# codec/encoder and package: which bytes an avatar and its clips become.
CODEC = 4
