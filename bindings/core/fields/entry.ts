// Offsets in Entry of the core.

export const serial = 0;
export const time = 12;
export const timeout = 16;
export const born = 20;
export const scope = 24;
export const meta = 28;
