import { NodeDriver } from "../../src/driver/node_driver.ts";
import { readDriver } from "../../src/driver/driver_reader.ts";
import { LightDecoder } from "../../src/light/light_decoder.ts";
import { polarRotation } from "../../src/maths/matrix.ts";
import { AvatarFrame } from "../../src/player/avatar_frame.ts";
import { Deformer, PosedSplats } from "../../src/player/deformer.ts";
import { DetailFrame } from "../../src/player/detail_frame.ts";
import { colourOf } from "../../src/player/harmonics.ts";
import { LevelAppearance } from "../../src/reader/level_appearance.ts";
import { Refusal } from "../../src/reader/refusal.ts";
import { SplatCloud } from "../../src/reader/splat_cloud.ts";
import { bytesOf, type Json, numbers, rows, skeletonOf, turns, turnsOf } from "./arrays.ts";
import { baseColours } from "./package_report.ts";

/** The runtime equation on a small input. */
export function goldenAnswer(vector: Json): object {
  const { avatar, deformation, frame: given } = vector;
  const sh = numbers(avatar.sh), count = numbers(avatar.means_m).length / 3;
  const cloud = new SplatCloud(count, Math.sqrt(sh.length / 3 / count) - 1);
  cloud.meansM.set(numbers(avatar.means_m));
  cloud.quatsWxyz.set(numbers(avatar.quats_wxyz));
  cloud.scalesM.set(numbers(avatar.scales_m));
  cloud.sh.set(sh);
  cloud.joints.set(numbers(avatar.joints));
  cloud.weights.set(numbers(avatar.weights));
  const model = {
    nodeRestM: Float32Array.from(numbers(deformation.node_rest_m)), nodeIndices: Int32Array.from(numbers(deformation.node_indices)),
    nodeWeights: Float32Array.from(numbers(deformation.node_weights)),
  };
  const posed = new PosedSplats(count);
  new Deformer(skeletonOf(vector.skeleton), cloud, model).pose(goldenFrame(given, deformation, count), posed);
  const views = Array.from({ length: count }, (_, i) => polarRotation(posed.linearParts.subarray(9 * i, 9 * i + 9)));
  return {
    means_m: rows(posed.meansM, 3), covariances_m2: rows(posed.covariancesM2, 9), view_rotations: views.map((each) => Array.from(each)),
    colours: views.map((view, i) => colourFrom(vector.camera_position_m, i, cloud, posed, view)),
  };
}

function goldenFrame(given: Json, deformation: Json, count: number): AvatarFrame {
  const frame = poseOf(given, numbers(given.node_rotations_wxyz).length / 4);
  frame.nodeDisplacementsM.set(numbers(given.node_displacements_m));
  frame.nodeRotations.set(turns(given.node_rotations_wxyz));
  frame.detail = new DetailFrame(Int32Array.from({ length: count }, (_, i) => i));
  // Detail and the weighted basis of correctives, for every Gaussian.
  const added = (channel: string): Float64Array => {
    const sums = new Float64Array(3 * count), detail = numbers(given[`detail_${channel}`]);
    numbers(given.detail_indices).forEach((gaussian, row) => {
      for (let axis = 0; axis < 3 && detail.length > 0; axis++) {
        sums[3 * gaussian + axis] += detail[3 * row + axis];
      }
    });
    const basis = numbers(deformation[`basis_${channel}`]);
    numbers(given.coefficients).forEach((coefficient, k) => {
      for (let i = 0; i < sums.length && basis.length > 0; i++) {
        sums[i] += coefficient * basis[k * sums.length + i];
      }
    });
    return sums;
  };
  frame.detail.positionM.set(added("position_m"));
  frame.detail.rotation.set(turnsOf(added("rotation_rad")));
  frame.detail.logScale.set(added("logscale"));
  frame.detail.colour.set(added("colour"));
  return frame;
}

function colourFrom(camera: number[], i: number, cloud: SplatCloud, posed: PosedSplats, view: Float64Array): number[] {
  const width = 3 * cloud.harmonicCount, sh = Float64Array.from(cloud.sh.subarray(width * i, width * i + width));
  sh.set(posed.baseColours.subarray(3 * i, 3 * i + 3));
  const away = camera.map((value, axis) => posed.meansM[3 * i + axis] - value), length = Math.hypot(...away);
  const back = [0, 1, 2].map((k) => (view[k] * away[0] + view[3 + k] * away[1] + view[6 + k] * away[2]) / length);
  return colourOf(sh, back[0], back[1], back[2]);
}

/** A frame of a pose, with nodes at rest. */
export function poseOf(given: Json, nodes: number): AvatarFrame {
  const rotations = turns(given.joint_rotations_wxyz);
  const frame = new AvatarFrame(rotations.length / 4, nodes);
  frame.rootTranslationM.set(numbers(given.root_translation_m));
  frame.jointRotations.set(rotations);
  return frame;
}

export function driverAnswer(vector: Json): object {
  const skeleton = skeletonOf(vector.skeleton), rest = numbers(vector.node_rest_m), nodes = rest.length / 3;
  const model = readDriver(bytesOf(vector.section), nodes, skeleton.parents.length);
  const driver = new NodeDriver(model, skeleton, rest);
  driver.reset(poseOf(vector.reset, nodes));
  const steps = (vector.steps as Json[]).map((step) => {
    const frame = poseOf(step, nodes);
    driver.step(frame, step.dt_s);
    return { displacements: rows(frame.nodeDisplacementsM, 3), rotations: rows(frame.nodeRotations, 4) };
  });
  return { steps };
}

export function lightAnswer(vector: Json): object {
  const parents = vector.node_parents as number[][], joints = vector.joint_count as number;
  // The first nodes have none: their rows are empty, and nobody reads them.
  const decoder = new LightDecoder(joints, parents.length, Int32Array.from(parents.flatMap((row) => [...row, 0, 0, 0].slice(0, 3))));
  const frame = new AvatarFrame(joints, parents.length);
  const frames = (vector.payloads as string[]).map((payload) => {
    try {
      decoder.decode(bytesOf(payload), frame);
    } catch (error) {
      if (error instanceof Refusal) {
        return { refused: error.code };
      }
      throw error;
    }
    return {
      root_translation_m: Array.from(frame.rootTranslationM), joint_rotations_wxyz: Array.from(frame.jointRotations),
      node_displacements_m: Array.from(frame.nodeDisplacementsM), node_rotations_wxyz: Array.from(frame.nodeRotations),
    };
  });
  return { frames };
}

export function levelsAnswer(vector: Json): object {
  const { stored } = vector, sizes = vector.level_sizes as number[], means = numbers(stored.means_m);
  const cloud = new SplatCloud(means.length / 3, 0);
  cloud.meansM.set(means);
  cloud.scalesM.set(numbers(stored.scales_m));
  cloud.opacities.set(numbers(stored.opacities));
  cloud.sh.set(numbers(stored.base_colours));
  const looks = sizes.map((_, level) => {
    const given = vector.appearances[level] as Json, count = sizes.slice(0, level + 1).reduce((sum, size) => sum + size, 0);
    if (given === undefined || given === null) {
      return LevelAppearance.unfitted(cloud, count, cloud.count);
    }
    const look = new LevelAppearance(count);
    look.displacementsM.set(numbers(given.displacements_m));
    look.logScaleChanges.set(numbers(given.log_scale_changes));
    look.opacities.set(numbers(given.opacities));
    look.colourChanges.set(numbers(given.colour_changes));
    return look;
  });
  const shown = (vector.shown as Json[]).map(({ level, share }) => {
    const look = share === undefined ? looks[level] : LevelAppearance.between(looks[level], looks[level + 1], share);
    const drawn = look.applied(cloud);
    return {
      means_m: rows(drawn.meansM, 3), scales_m: rows(drawn.scalesM, 3), opacities: Array.from(drawn.opacities),
      base_colours: rows(baseColours(drawn), 3),
    };
  });
  return { shown };
}
