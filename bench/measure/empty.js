// What it takes to import this, any import takes: see start.js.

export const nothing = undefined;
