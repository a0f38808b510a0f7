import { NODE_FLOATS } from "../../packing/gpu_frame.ts";

/**
 * Nodes that move by a share of what they do: 0 leaves the avatar rigid, 1 as it is. Turns go their part of the way.
 * `nodes`: [M,8] as `Deform` reads them; `restM`: [M,3]; `out`: [M,8].
 */
export function scaleNodes(nodes: Float32Array, restM: Float32Array, gain: number, out: Float32Array): void {
  for (let node = 0, at = 0; at < nodes.length; node++, at += NODE_FLOATS) {
    const cx = restM[3 * node], cy = restM[3 * node + 1], cz = restM[3 * node + 2];
    const turned = turn(nodes[at], nodes[at + 1], nodes[at + 2], nodes[at + 3], cx, cy, cz);
    const sign = nodes[at] < 0 ? -1 : 1, sine = Math.hypot(nodes[at + 1], nodes[at + 2], nodes[at + 3]);
    const half = Math.atan2(sine, sign * nodes[at]) * gain, factor = sine > 1e-9 ? (sign * Math.sin(half)) / sine : 0;
    out[at] = Math.cos(half);
    for (let k = 1; k < 4; k++) {
      out[at + k] = factor * nodes[at + k];
    }
    const back = turn(out[at], out[at + 1], out[at + 2], out[at + 3], cx, cy, cz);
    // c + u − R(q) c, so u is what is left of it.
    out[at + 4] = gain * (nodes[at + 4] - cx + turned[0]) + cx - back[0];
    out[at + 5] = gain * (nodes[at + 5] - cy + turned[1]) + cy - back[1];
    out[at + 6] = gain * (nodes[at + 6] - cz + turned[2]) + cz - back[2];
  }
}

function turn(w: number, x: number, y: number, z: number, cx: number, cy: number, cz: number): [number, number, number] {
  const tx = 2 * (y * cz - z * cy), ty = 2 * (z * cx - x * cz), tz = 2 * (x * cy - y * cx);
  return [cx + w * tx + y * tz - z * ty, cy + w * ty + z * tx - x * tz, cz + w * tz + x * ty - y * tx];
}
