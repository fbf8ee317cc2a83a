// Offsets in Wide of the core.

export const time = 0;
export const timeout = 8;
export const born = 16;
