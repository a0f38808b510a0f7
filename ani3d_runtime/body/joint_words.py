"""Joint names of well-known tools by their words, blind to case, separators, prefixes and how sides are marked.

``Character1_LeftUpLeg``, ``thigh.L``, ``lThigh``, ``Bip01 L Thigh``, ``J_Bip_L_UpperLeg`` and ``Left_hip`` are all the
left hip. A word that tools use for different joints is read by what else the skeleton has: a shoulder is a collar bone
where there is an upper arm.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_SIDES = {
    "left": "left",
    "l": "left",
    "lft": "left",
    "lf": "left",
    "right": "right",
    "r": "right",
    "rgt": "right",
    "rt": "right",
    "左": "left",
    "右": "right",
}
# Words that name the tool, the rig or nothing.
_EMPTY = {
    "mixamorig",
    "character",
    "bip",
    "biped",
    "cc",
    "base",
    "j",
    "c",
    "def",
    "org",
    "jnt",
    "joint",
    "bone",
    "rig",
    "bn",
    "jt",
    "sk",
    "armature",
    "valvebiped",
    "genesis",
    "robot",
    "avatar",
    "human",
    "b",
    "m",
    "skeleton",
    "mch",
}
_MOST = 0.7

_ALIKE = {
    "hip": ("upleg", "upperleg", "thigh", "thighbend", "femur", "legupper", "足"),
    "knee": ("lowerleg", "calf", "shin", "tibia", "knee", "lowleg", "leglower", "ひざ", "膝"),
    "ankle": ("ankle", "足首"),
    "foot": ("toe", "toes", "toebase", "toe0", "ball", "metatarsals", "metatarsal", "football", "つま先"),
    "collar": ("clavicle", "collar", "thorax", "collarbone", "肩"),
    "shoulder": ("upperarm", "uparm", "uarm", "shldr", "shldrbend", "humerus", "armupper", "arm", "腕"),
    "elbow": ("forearm", "lowerarm", "forearmbend", "farm", "radius", "elbow", "lowarm", "armlower", "ひじ"),
    "wrist": ("wrist", "手首"),
}
_SIDED = {word: ours for ours, words in _ALIKE.items() for word in words}
_AFTER_A_SIDE = {"leg", "hip", "foot", "shoulder", "hand", "eye", "handthumb", "handindex", "handmiddle", "handring"}
_HEADS, _NECKS = ("head", "頭"), ("neck", "neck1", "necktwist1", "necklower", "lowerneck", "neck2", "upperneck", "首")
_PELVES = ("pelvis", "hips", "hip", "センター", "下半身", "root", "centre", "center")
# From the pelvis up; two of one rank are joints of one spine in their order.
_SPINES = (
    "lowerback",
    "waist",
    "spine",
    "ab",
    "abdomen",
    "belly",
    "torso",
    "上半身",
    "upperback",
    "thorax",
    "chest",
    "upperchest",
)
_FINGERS = {
    "thumb": "thumb",
    "index": "index",
    "middle": "middle",
    "mid": "middle",
    "ring": "ring",
    "pinky": "pinky",
    "little": "pinky",
}
_PHALANGES = {"proximal": 1, "intermediate": 2, "distal": 3, "1": 1, "2": 2, "3": 3}


@dataclass(frozen=True)
class _Words:
    """A name, taken apart.

    Attributes:
        side: ``left``, ``right`` or nothing.
        core: its other words, joined, without leading zeros of numbers.
        words: the same, one by one.
    """

    side: str
    core: str
    words: tuple[str, ...]


def recognised_by_words(joint_names: Sequence[str]) -> dict[int, str]:
    """Index of a joint, in an order of parents first, to the body's joint that its words mean."""
    taken = _taken_apart(joint_names)
    found: dict[str, int] = {}
    cores = {words.core for words in taken if words.side}
    for index, words in enumerate(taken):
        ours = _sided(words, cores) if words.side else ""
        if ours:
            found.setdefault(ours, index)
    found |= _trunk(taken)
    return {index: ours for ours, index in found.items()}


def _taken_apart(joint_names: Sequence[str]) -> list[_Words]:
    split = [_split(name) for name in joint_names]
    # What nearly all joints begin with is the name of the character.
    for _ in range(3):
        [(first, count)] = Counter(words[0] for words in split if len(words) > 1).most_common(1) or [("", 0)]
        if count < _MOST * len(split) or first in _SIDES or count < 4:
            break
        split = [words[1:] if len(words) > 1 and words[0] == first else words for words in split]
    # What nearly all end with is a mark of the rig, as in Hips_jnt.
    [(last, count)] = Counter(words[-1] for words in split if len(words) > 1).most_common(1) or [("", 0)]
    if count >= max(_MOST * len(split), 4) and last not in _SIDES:
        split = [words[:-1] if len(words) > 1 and words[-1] == last else words for words in split]
    return [_with_side(words) for words in split]


def _split(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", re.split(r"[:|]", name)[-1])
    words = [word.lower() for word in _WORDS.findall(plain)]
    if re.match(r"[lr][A-Z]|[LR][A-Z]{1,2}[a-z]", plain):
        words = [plain[0].lower(), *[word.lower() for word in _WORDS.findall(plain[1:])]]
    if len(words) > 1 and re.match(r"m[A-Z]", plain):
        words = words[1:] if words[0] == "m" else [words[0][1:], *words[1:]]
    return words or [plain.lower()]


def _with_side(words: list[str]) -> _Words:
    sides = [place for place, word in enumerate(words) if word in _SIDES]
    side = _SIDES[words[sides[0]]] if sides else ""
    rest = [word for place, word in enumerate(words) if not sides or place != sides[0]]
    if not side:
        side, rest = _side_within(rest)
    while len(rest) > 1 and rest[0] in _EMPTY:
        rest = rest[1:]
        while len(rest) > 1 and rest[0].isdigit():
            rest = rest[1:]
    numbered = tuple(str(int(word)) if word.isascii() and word.isdigit() else word for word in rest)
    return _Words(side, "".join(numbered), numbered)


def _side_within(words: list[str]) -> tuple[str, list[str]]:
    """The side that a name without case or separators begins with: ``leftupleg``, ``lfoot``."""
    for mark in ("left", "right", "l", "r", "左", "右"):
        rest = words[0].removeprefix(mark)
        if rest != words[0] and (rest in _SIDED or rest in _AFTER_A_SIDE):
            return _SIDES[mark], [rest, *words[1:]]
    return "", words


def _sided(words: _Words, cores: set[str]) -> str:
    """The joint of an arm, a hand or a leg; nothing where its words mean none."""
    core = words.core
    if core == "leg":
        part = "hip" if cores & {"knee", "lowerleg", "shin", "calf"} else "knee"
    elif core == "hip":
        part = "" if cores & {"thigh", "upleg", "upperleg"} else "hip"
    elif core == "foot":
        part = "foot" if "ankle" in cores and not cores & {"toe", "toes", "toebase"} else "ankle"
        part = "" if part == "ankle" and "ankle" in cores else part
    elif core == "shoulder":
        part = "collar" if cores & {"upperarm", "uparm", "arm", "uarm", "shldr", "shldrbend"} else "shoulder"
    elif core == "hand":
        part = "hand" if "wrist" in cores else "wrist"
    elif core == "eye":
        return f"{words.side}_eye_smplhf"
    else:
        part = _SIDED.get(core, "") or _finger(words)
    return f"{words.side}_{part}" if part else ""


def _finger(words: _Words) -> str:
    rest = [word.removeprefix("hand") for word in words.words if word not in ("hand", "finger")]
    if len(rest) == 2 and rest[0] in _FINGERS and rest[1] in _PHALANGES:
        return f"{_FINGERS[rest[0]]}{_PHALANGES[rest[1]]}"
    return ""


def _trunk(taken: Sequence[_Words]) -> dict[str, int]:
    """Pelvis, spine, neck and head."""
    middle = [(index, words.core) for index, words in enumerate(taken) if not words.side]
    found: dict[str, int] = {}
    for name in _PELVES:
        at = next((index for index, core in middle if core == name), None)
        if at is not None:
            found["pelvis"] = at
            break
    spine = [index for index, core in middle if re.sub(r"(lower|upper|twist)?\d*$", "", core) in _SPINES]
    spine += [index for index, core in middle if core in _SPINES and index not in spine]
    spine = sorted(index for index in spine if index != found.get("pelvis"))
    if "pelvis" not in found and len(spine) > 1:  # Blender's metarig: its lowest spine is the pelvis
        found["pelvis"] = spine.pop(0)
    heads = [index for index, core in middle if core in _HEADS]
    necks = [index for index, core in middle if core in _NECKS]
    if not heads and not necks and len(spine) > 4:  # Blender's metarig again: spine.004 to spine.006
        heads, necks, spine = spine[-1:], spine[3:4], spine[:3]
    if heads:
        found["head"] = heads[0]
    if necks:
        found["neck"] = necks[0]
    if len(spine) == 1:
        found["spine2"] = spine[0]
    elif spine:
        places = (0, 1) if len(spine) == 2 else (0, len(spine) // 2, len(spine) - 1)
        found |= {f"spine{number}": spine[place] for number, place in enumerate(places, start=1)}
    return found
