// A whole package, decoded: avatar, residual model, clips.

import { between, readAppearance, unfitted, worn } from "./appearance.mjs";
import { readOrder, readSplats } from "./canonical.mjs";
import { Container } from "./container.mjs";
import { integersAllowed } from "./cursor.mjs";
import { readDetail } from "./detail.mjs";
import { readDriver } from "./driver.mjs";
import { MANIFEST_MAX_BYTES, PACKAGE_INTEGERS_PER_GAUSSIAN, PACKAGE_VALUES_BELOW } from "./format.mjs";
import { readManifest, readSkeleton } from "./manifest.mjs";
import { readFurther, readModel } from "./model.mjs";
import { readNodes } from "./nodes.mjs";
import { readPose } from "./pose.mjs";
import { refuseUnless } from "./refusal.mjs";

export const DETAIL = ["detail.position", "detail.rotation", "detail.scale", "detail.colour"];

export class Package {
  constructor(file) {
    this.container = new Container(file);
    const stated = this.container.sections.get("manifest -1 0");
    refuseUnless((stated?.raw ?? 0) <= MANIFEST_MAX_BYTES, "section-too-large", "manifest");
    this.manifest = readManifest(this.container.section("manifest"));
    this.container.checkPlaces(this.manifest);
    this.checkLevels();
    this.checkModel();
    this.container.checkPoses(this.manifest);
    this.skeleton = readSkeleton(this.container.section("skeleton"), this.manifest.joint_count);
  }

  // The model may outlive the last clip that needs it.
  checkModel() {
    if (this.container.has("model")) return;
    const { clips, node_count } = this.manifest;
    refuseUnless(!clips.some((clip) => clip.has_residual), "section-missing", "model");
    refuseUnless(node_count === 0, "manifest-invalid", "control nodes without a model");
  }

  checkLevels() {
    const { level_sizes, gaussian_count, sh_degree } = this.manifest;
    const stored = level_sizes.reduce((sum, _, k) => sum + this.container.storedLength(`splats.${k}`), 0);
    const integers = gaussian_count * (PACKAGE_INTEGERS_PER_GAUSSIAN + 3 * (sh_degree + 1) ** 2);
    refuseUnless(integers <= integersAllowed(stored), "splats-invalid", "too many Gaussians");
  }

  // Gaussians of the first `levels` levels of detail.
  splats(levels = this.manifest.level_sizes.length) {
    const { level_sizes, joint_count, sh_degree } = this.manifest;
    const read = level_sizes.slice(0, levels).map((count, k) => {
      const level = readSplats(this.container.section(`splats.${k}`), count, joint_count);
      refuseUnless(level.degree === sh_degree, "splats-invalid", "degree of harmonics differs from the manifest's");
      return level;
    });
    const joined = (field) => concatenated(read.map((level) => level[field]));
    const fields = ["parts", "means", "quats", "scales", "opacities", "sh", "joints", "weights"];
    const count = read.reduce((sum, level) => sum + level.count, 0);
    const splats = { count, ...Object.fromEntries(fields.map((field) => [field, joined(field)])) };
    splats.exact = new Map([...read.entries()].filter(([, level]) => level.exact));
    if (count === this.manifest.gaussian_count) {
      const counts = this.manifest.part_counts.map((_, part) => splats.parts.filter((p) => p === part).length);
      refuseUnless(`${counts}` === `${this.manifest.part_counts}`, "splats-invalid", "part_counts");
    }
    refuseAbsurd(splats.means, splats.scales, splats.sh);
    return splats;
  }

  // How each level of detail looks, the coarsest first; the finest looks as it is stored.
  looks(splats) {
    let count = 0;
    return this.manifest.level_sizes.map((size, k) => {
      count += size;
      const name = `appearance.${k}`;
      if (!this.container.has(name)) return unfitted(splats.opacities.slice(0, count), splats.count);
      const look = readAppearance(this.container.section(name), this.container.storedLength(name), count);
      const shown = shownIn(splats, look);
      refuseAbsurd(shown.means, shown.scales, shown.base);
      return look;
    });
  }

  order() {
    return readOrder(this.container.section("order"), this.manifest);
  }

  model() {
    return this.container.has("model") ? readModel(this.container.section("model"), this.manifest) : null;
  }

  driver() {
    const { node_count, joint_count } = this.manifest;
    return this.container.has("driver") ? readDriver(this.container.section("driver"), node_count, joint_count) : null;
  }

  // The model as one clip uses it.
  modelOf(clip, model) {
    if (!model || !this.container.has("further", clip, 0)) return model;
    return readFurther(this.container.section("further", clip, 0), model, this.manifest.gaussian_count);
  }

  // Groups of one clip: pose, and nodes and detail where it has a residual layer.
  *groups(clip, model) {
    const { joint_count, frames_per_group } = this.manifest;
    const { frame_count, has_residual } = this.manifest.clips[clip];
    for (let group = 0; group * frames_per_group < frame_count; group++) {
      const first = group * frames_per_group;
      const frames = Math.min(frames_per_group, frame_count - first);
      const pose = readPose(this.container.section("pose", clip, group), joint_count, frames);
      refuseAbsurd(pose.root);
      yield { first, frames, pose, ...(has_residual ? this.residual(clip, group, model, frames) : {}) };
    }
  }

  residual(clip, group, model, frames) {
    const { container } = this;
    const where = (name) => [container.section(name, clip, group), container.storedLength(name, clip, group)];
    const nodes = model.nodeCount ? readNodes(...where("nodes"), model, frames) : null;
    const present = DETAIL.filter((name) => container.has(name, clip, group));
    const read = (name) => readDetail(...where(name), name, model, frames);
    const detail = Object.fromEntries(present.map((name) => [name, read(name)]));
    refuseAbsurd(nodes?.displacements ?? [], ...Object.values(detail));
    return { nodes, detail };
  }
}

// The Gaussians of a level as they are drawn, and those at a share of the way to the next.
export function shownIn(splats, look) {
  const count = look.opacities.length;
  const width = splats.sh.length / splats.count;
  const base = Float32Array.from({ length: 3 * count }, (_, i) => splats.sh[width * Math.floor(i / 3) + (i % 3)]);
  return worn({ means: splats.means.slice(0, 3 * count), scales: splats.scales.slice(0, 3 * count), base }, look);
}

export function shownBetween(splats, coarse, fine, share) {
  return shownIn(splats, between(coarse, fine, share));
}

function refuseAbsurd(...arrays) {
  const sane = arrays.every((values) => values.every((value) => Math.abs(value) < PACKAGE_VALUES_BELOW));
  refuseUnless(sane, "package-not-finite", "absurd values");
}

function concatenated(arrays) {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const result = new arrays[0].constructor(length);
  let at = 0;
  for (const array of arrays) {
    result.set(array, at);
    at += array.length;
  }
  return result;
}
