import { Refusal } from "./refusal.ts";

/** Writes [count, 4] weights of units 1 … 3, [3, count], of which weight 0 is what is missing to `whole`. */
export function fillWeights(
  weights: Float32Array, units: Int32Array, count: number, whole: number, section: string, code: string,
): void {
  for (let i = 0; i < count; i++) {
    const one = units[i], two = units[count + i], three = units[2 * count + i];
    const rest = whole - one - two - three;
    if (rest < 0) {
      throw new Refusal(code, section, `weights that sum to more than ${whole} units`);
    }
    weights[4 * i] = rest / whole;
    weights[4 * i + 1] = one / whole;
    weights[4 * i + 2] = two / whole;
    weights[4 * i + 3] = three / whole;
  }
}
