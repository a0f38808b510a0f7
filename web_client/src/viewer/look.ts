/** What of an avatar is shown. */
export type Look = "residual" | "rigid" | "split" | "difference";

export const LOOKS: readonly Look[] = ["residual", "rigid", "split", "difference"];

/** Shares of the residual layer of the pictures that a look needs. */
export function gainsOf(look: Look, gain: number): readonly number[] {
  return look === "residual" ? [gain] : look === "rigid" ? [0] : [0, gain];
}
