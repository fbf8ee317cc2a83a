// Offsets in Args of the core.

export const context0 = 0;
export const time = 32;
export const timeout = 40;
export const born = 48;
export const serial = 56;
export const version = 60;
export const idLength = 64;
export const contextLength = 68;
export const dataLength = 72;
export const flags = 76;
export const tagCount = 80;
export const entry = 84;
export const replaced = 88;
export const id0 = 96;
