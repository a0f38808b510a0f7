/** What of an avatar is shown. */
export type Look = "residual" | "rigid" | "split" | "difference";

export const LOOKS: readonly Look[] = ["residual", "rigid", "split", "difference"];
