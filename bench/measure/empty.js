// Nothing: what it takes to import this, any import takes. See start.js.

export {};
