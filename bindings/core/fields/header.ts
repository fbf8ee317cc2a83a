// Offsets in Header of the core.

export const timeout = 0;
export const capacity = 8;
export const maxBytes = 16;
export const bytes = 24;
export const profile = 52;
export const count = 56;
export const unplaced = 60;
export const flushPending = 64;
export const pages = 72;
export const shown = 112;
export const passed = 124;
export const now = 144;
export const held = 200;
