// `npm run test:cover`: runs the tests once with both coverages on. c8 counts the lines of
// bindings/; c8 cannot see into the core, so that is counted by probes (cover-instrument.js).
// Fails when a test fails, or when either coverage is under the limit.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { coverCore } from './cover-core.js';

const LIMIT = 95; // percent

const root = new URL('../', import.meta.url);
rmSync(new URL('build/reached/', root), { recursive: true, force: true });

const c8 = createRequire(import.meta.url).resolve('c8/bin/c8.js');
// types.ts holds types only: nothing of it is left to run.
const coverage = `--all --include=bindings/** --exclude=**/types.ts
  --exclude=**/*.generated.ts --reporter=text
  --check-coverage --lines=${LIMIT} --branches=${LIMIT} --functions=${LIMIT} --statements=${LIMIT}`;
const tests = [process.execPath, '--import', 'tsx', 'test/index.ts', ...process.argv.slice(2)];
const hook = new URL('test/support/cover-hook.js', root).href;
const { status } = spawnSync(process.execPath, [c8, ...coverage.split(/\s+/), ...tests], {
  cwd: fileURLToPath(root),
  stdio: 'inherit',
  env: { ...process.env, SESSCACHE_CORE: 'cover.wasm', NODE_OPTIONS: `--import=${hook}` },
});

const core = coverCore();
console.log(`core: ${core.reached} of ${core.total} branches reached (${core.percent} %)`);
for (const line of core.missed) console.log(`  not reached: ${line}`);

if (status !== 0) process.exitCode = 1;
if (core.percent < LIMIT) {
  console.error(`core: ${core.percent} % is under the limit of ${LIMIT} %`);
  process.exitCode = 1;
}
