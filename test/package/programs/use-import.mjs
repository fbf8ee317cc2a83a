// Run by ../install.js inside a project that has installed the package.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Session, SessionCache } from 'sesscache';

// The core by its own entry point, compiled by the user.
const core = readFileSync(fileURLToPath(import.meta.resolve('sesscache/core.wasm')));
const cache = new SessionCache({ size: 2, module: new WebAssembly.Module(core) });
cache.setSessionIdContext(Uint8Array.of(1));

const id = new Uint8Array(32).fill(7);
const sessionIdContext = Uint8Array.of(1);
cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3), sessionIdContext }));
console.log(`resumed ${cache.resumeSession(id)?.data.length} bytes`);
cache.close();
