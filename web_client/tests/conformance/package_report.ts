import { checkBytes } from "../../src/container/byte_check.ts";
import type { DriverModel } from "../../src/driver/driver_model.ts";
import { driverOf } from "../../src/driver/driver_reader.ts";
import { AvatarFrame } from "../../src/player/avatar_frame.ts";
import { Deformer, PosedSplats } from "../../src/player/deformer.ts";
import { GroupCache } from "../../src/player/group_cache.ts";
import { PackagedFrames } from "../../src/player/packaged_frames.ts";
import { CHANNELS, type ClipGroup } from "../../src/reader/clip_group.ts";
import { detailName, evaluateDetail } from "../../src/reader/detail_motion.ts";
import { LevelAppearance } from "../../src/reader/level_appearance.ts";
import { groupCountOf, type Manifest } from "../../src/reader/manifest.ts";
import { evaluateNodes } from "../../src/reader/node_motion.ts";
import { Package } from "../../src/reader/package.ts";
import { Refusal } from "../../src/reader/refusal.ts";
import type { ResidualModel } from "../../src/reader/residual_model.ts";
import type { SplatCloud } from "../../src/reader/splat_cloud.ts";
import { bitDigest, digits, FloatDigest } from "./digests.ts";

const QUARTER = 0.25;

/** What a package is read as, or the code with which it is refused. */
export function packageAnswer(bytes: Uint8Array): object {
  try {
    return report(Package.open(bytes));
  } catch (error) {
    if (error instanceof Refusal) {
      return { refused: error.code };
    }
    throw error;
  }
}

// In the order of checks of SPEC-container.md.
function report(pack: Package): object {
  const { manifest, skeleton } = pack;
  const order = pack.readOrder(), splats = pack.readSplats();
  const looks = manifest.levelSizes.map((_, level) => pack.readAppearance(level, splats));
  const model = pack.readModel(), driver = driverOf(pack);
  pack.readThumbnail();
  const clips = manifest.clips.map((clip, number) => {
    const own = pack.readModelOf(number, model);
    return new ClipReport(pack, number, splats, clip.hasResidual ? own : null).groups();
  });
  checkBytes(pack);
  const isFitted = looks.some((_, level) => pack.hasAppearance(level));
  return {
    digest: pack.digest,
    manifest: manifestReport(manifest),
    skeleton: {
      joint_names: skeleton.jointNames, parents: Array.from(skeleton.parents),
      zero_joints_m: FloatDigest.of(skeleton.zeroJointsM), rest_rotations_wxyz: FloatDigest.of(skeleton.restRotations),
      rest_translation_m: FloatDigest.of(skeleton.restTranslationM),
    },
    splats: splatReport(pack, splats),
    ...(isFitted ? { levels: levelReport(splats, looks) } : {}),
    order: bitDigest(order),
    model: model === null ? null : {
      node_count: model.nodeCount, node_rest_m: FloatDigest.of(model.nodeRestM), node_indices: bitDigest(model.nodeIndices),
      node_weights: FloatDigest.of(model.nodeWeights),
    },
    ...(driver === null ? {} : { driver: driverReport(driver) }),
    clips,
  };
}

function manifestReport(manifest: Manifest): object {
  return {
    writer: manifest.writer, avatar_name: manifest.avatarName, gaussian_count: manifest.gaussianCount,
    joint_count: manifest.jointCount, sh_degree: manifest.shDegree, level_sizes: manifest.levelSizes,
    part_counts: manifest.partCounts, node_count: manifest.nodeCount, corrective_count: manifest.correctiveCount,
    frames_per_group: manifest.framesPerGroup, part_max_error_m: manifest.partMaxErrorM.map(digits),
    part_max_shape_error_m: manifest.partMaxShapeErrorM.map(digits), max_error_m: digits(manifest.maxErrorM),
    canonical_error_m: digits(manifest.canonicalErrorM), max_shape_error_m: digits(manifest.maxShapeErrorM),
    max_colour_error: digits(manifest.maxColourError), provenance: Object.fromEntries(manifest.provenance),
    clips: manifest.clips.map((clip) => ({
      name: clip.name, fps: digits(clip.fps), frame_count: clip.frameCount, has_residual: clip.hasResidual,
      ...(clip.loops ? { loops: true } : {}), ...(clip.inPlace ? { in_place: true } : {}),
      ...(clip.travel === null ? {} : {
        travel: { translation_m: clip.travel.translationM.map(digits), heading_rad: digits(clip.travel.headingRad) },
      }),
      ...(clip.markers.length === 0 ? {} : {
        markers: clip.markers.map(({ name, timeS, kind }) => ({ name, time_s: digits(timeS), kind })),
      }),
    })),
  };
}

function splatReport(pack: Package, splats: SplatCloud): object {
  const exact = pack.manifest.levelSizes.map((_, level) => level).filter((level) => pack.isLevelExact(level));
  const bits = (level: number): object => {
    const cloud = pack.readLevel(level);
    return {
      means_m: bitDigest(cloud.meansM), quats_wxyz: bitDigest(cloud.quatsWxyz), scales_m: bitDigest(cloud.scalesM),
      opacities: bitDigest(cloud.opacities), sh: bitDigest(cloud.sh),
    };
  };
  return {
    parts: bitDigest(splats.parts), joints: bitDigest(splats.joints), means_m: FloatDigest.of(splats.meansM),
    quats_wxyz: FloatDigest.of(splats.quatsWxyz), scales_m: FloatDigest.of(splats.scalesM),
    opacities: FloatDigest.of(splats.opacities), sh: FloatDigest.of(splats.sh), weights: FloatDigest.of(splats.weights),
    ...(exact.length === 0 ? {} : { exact: Object.fromEntries(exact.map((level) => [String(level), bits(level)])) }),
  };
}

function levelReport(splats: SplatCloud, looks: readonly LevelAppearance[]): object[] {
  const drawn = (cloud: SplatCloud): object => ({
    means_m: FloatDigest.of(cloud.meansM), scales_m: FloatDigest.of(cloud.scalesM), opacities: FloatDigest.of(cloud.opacities),
    base_colours: FloatDigest.of(baseColours(cloud)),
  });
  return looks.slice(0, -1).map((look, level) => ({
    shown: drawn(look.applied(splats)),
    quarter: drawn(LevelAppearance.between(look, looks[level + 1], QUARTER).applied(splats)),
  }));
}

/** [N,3] degree-0 harmonics. */
export function baseColours(cloud: SplatCloud): number[] {
  return Array.from({ length: 3 * cloud.count }, (_, i) => cloud.sh[3 * cloud.harmonicCount * Math.floor(i / 3) + (i % 3)]);
}

function driverReport(driver: DriverModel): object {
  const { materials, capsules, learned } = driver;
  const fields = ["dampingHz", "drag", "thicknessM", "friction", "share"] as const;
  return {
    reach_m: digits(driver.reachM), materials: FloatDigest.of(fields.flatMap((field) => materials.map((each) => each[field]))),
    kinds: bitDigest(driver.kinds), joints: bitDigest(driver.joints), weights: FloatDigest.of(driver.weights),
    normals: FloatDigest.of(driver.normals), follow: FloatDigest.of(driver.follow), mean_m: FloatDigest.of(driver.hangM),
    links: bitDigest(driver.links), compliances: FloatDigest.of(driver.compliances),
    capsule_joints: bitDigest(capsules.map((capsule) => capsule.joint)),
    capsule_ends_m: FloatDigest.of(capsules.flatMap((capsule) => [...capsule.a, ...capsule.b])),
    capsule_radii_m: FloatDigest.of(capsules.flatMap((capsule) => [capsule.radiusA, capsule.radiusB])),
    tracked: bitDigest(learned.tracked), poles: FloatDigest.of(learned.poles), means: FloatDigest.of(learned.means),
    scales: FloatDigest.of(learned.scales), learned: FloatDigest.of(learned.weights), basis_m: FloatDigest.of(learned.basisM),
  };
}

class ClipReport {
  private readonly deformer: Deformer;
  private readonly frames: PackagedFrames;
  private readonly posed: PosedSplats;

  constructor(
    private readonly pack: Package, private readonly clip: number, private readonly splats: SplatCloud,
    private readonly model: ResidualModel | null,
  ) {
    const cache = new GroupCache({ decode: (_, group) => pack.readGroup(clip, group, model), decodeLater: null });
    this.deformer = new Deformer(pack.skeleton, splats, model);
    this.frames = new PackagedFrames(pack.manifest, clip, model, true, cache);
    this.posed = new PosedSplats(splats.count);
  }

  groups(): object[] {
    const { manifest } = this.pack, count = groupCountOf(manifest, manifest.clips[this.clip]);
    return Array.from({ length: count }, (_, group) => this.group(this.pack.readGroup(this.clip, group, this.model)));
  }

  private group(group: ClipGroup): object {
    const { firstFrame, frameCount, pose } = group;
    return {
      first_frame: firstFrame, frame_count: frameCount, root_translation_m: FloatDigest.of(pose.rootTranslationM),
      joint_rotations_wxyz: FloatDigest.of(pose.jointRotationsWxyz), ...this.nodes(group),
      ...Object.fromEntries(CHANNELS.map((_, channel) => [detailName(channel), this.detail(group, channel)])),
      posed: [this.posedAt(firstFrame), this.posedAt(firstFrame + frameCount - 1)],
    };
  }

  private nodes({ nodes, frameCount }: ClipGroup): object {
    const displacements = new FloatDigest(), rotations = new FloatDigest(), count = nodes?.nodeCount ?? 0;
    const places = new Float32Array(3 * count), turns = new Float32Array(4 * count);
    for (let t = 0; nodes !== null && t < frameCount; t++) {
      evaluateNodes(nodes, t, places, turns);
      displacements.add(places);
      rotations.add(turns);
    }
    return { node_displacements_m: displacements.answer(), node_rotations_wxyz: rotations.answer() };
  }

  // [F, N, 3] over all Gaussians; empty where all of it is zero.
  private detail(group: ClipGroup, channel: number): object {
    const digest = new FloatDigest(), motion = group.detail[channel], model = this.model;
    if (motion !== null && model !== null) {
      const values = new Float32Array(3 * model.moving.length), whole = new Float32Array(3 * this.splats.count);
      for (let t = 0; t < group.frameCount; t++) {
        evaluateDetail(motion, model, t, values);
        model.moving.forEach((gaussian, track) => whole.set(values.subarray(3 * track, 3 * track + 3), 3 * gaussian));
        digest.add(whole);
      }
    }
    return (digest.isZero ? new FloatDigest() : digest).answer();
  }

  private posedAt(frame: number): object {
    const { posed } = this, shown: AvatarFrame = this.frames.frame(frame);
    this.deformer.pose(shown, posed);
    return {
      frame, means_m: FloatDigest.of(posed.meansM), covariances_m2: FloatDigest.of(posed.covariancesM2),
      base_colours: FloatDigest.of(posed.baseColours),
    };
  }
}
