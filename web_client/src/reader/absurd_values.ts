import { PACKAGE_VALUES_BELOW } from "../generated/format.ts";
import { Refusal } from "./refusal.ts";

/** Refuses NaN, infinity and what no avatar has with `package-not-finite`. */
export function refuseAbsurd(values: Float32Array, subject: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]) < PACKAGE_VALUES_BELOW)) {
      throw new Refusal("package-not-finite", subject, `a value of ${values[i]}`);
    }
  }
}
