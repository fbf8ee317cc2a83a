// Offsets in Template of the core.

export const version = 4;
export const scope = 8;
export const own = 16;
