// A process that compiles the core after a change in one of its files, as often as it is asked to.
// A process of its own, as tsx would read all of the compiler before Node does.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '../..');

process.on('message', async ({ file, text, target }) => {
  const entry = target === 'debug' ? 'assembly/debug.ts' : 'assembly/index.ts';
  // The checks are made by the compiler, so nothing need be optimized or emitted.
  const options = [entry, '--target', target, '--optimizeLevel', '0', '--noEmit'];
  const { error, stderr } = await main([...options, '--baseDir', root], {
    readFile: (name, folder) => (name === file ? text : textOf(join(folder, name))),
    listFiles: (name, folder) => readdirSync(join(folder, name)),
    writeFile: () => {},
  });
  process.send?.(error ? `${stderr}${error.message}` : '');
});

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // the compiler tries several paths
  }
}
