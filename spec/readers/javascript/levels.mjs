// Evaluates a golden vector of levels of detail: SPEC.md, "Levels of detail".

import { between, unfitted, worn } from "./appearance.mjs";

export function shown({ level_sizes, stored, appearances, shown: wanted }) {
  const cloud = { means: stored.means_m.flat(), scales: stored.scales_m.flat(), base: stored.base_colours.flat() };
  let count = 0;
  const looks = level_sizes.map((size, k) => {
    count += size;
    return appearances[k] ? lookOf(appearances[k]) : unfitted(stored.opacities.slice(0, count), stored.opacities.length);
  });
  return { shown: wanted.map(({ level, share }) => (
    drawn(cloud, share === undefined ? looks[level] : between(looks[level], looks[level + 1], share)))) };
}

function lookOf({ displacements_m, log_scale_changes, opacities, colour_changes }) {
  return {
    displacements: displacements_m.flat(), logScales: log_scale_changes.flat(), opacities, colours: colour_changes.flat(),
  };
}

function drawn(cloud, look) {
  const count = look.opacities.length;
  const first = Object.fromEntries(Object.entries(cloud).map(([name, values]) => [name, values.slice(0, 3 * count)]));
  const { means, scales, opacities, base } = worn(first, look);
  return { means_m: rows(means), scales_m: rows(scales), opacities: [...opacities], base_colours: rows(base) };
}

function rows(values) {
  return Array.from({ length: values.length / 3 }, (_, i) => Array.from(values.slice(3 * i, 3 * i + 3)));
}
