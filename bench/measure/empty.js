// The minimum for any import: see start.js.

export const nothing = undefined;
