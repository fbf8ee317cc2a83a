import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENTRIES } from '../../scripts/entries.js';
import { run } from './run.js';

const COMPILERS = { ts54: '5.4.5', ts59: '5.9.3', ts60: '6.0.3', ts70: '7.0.2' };
/** How modules are found, and the extension that says what a program is compiled to. */
const RESOLUTIONS = {
  node10: { module: 'commonjs', moduleResolution: 'node10', extension: 'ts' },
  'node16, CommonJS': { module: 'node16', moduleResolution: 'node16', extension: 'cts' },
  'node16, ESM': { module: 'node16', moduleResolution: 'node16', extension: 'mts' },
  'nodenext, CommonJS': { module: 'nodenext', moduleResolution: 'nodenext', extension: 'cts' },
  'nodenext, ESM': { module: 'nodenext', moduleResolution: 'nodenext', extension: 'mts' },
  bundler: { module: 'esnext', moduleResolution: 'bundler', extension: 'ts' },
};
const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Programs for Node have no `dom`. */
const PLATFORMS = {
  browser: { lib: ['es2022', 'dom'], types: [] },
  node: { lib: ['es2022'], types: ['node'], typeRoots: [join(repository, 'node_modules/@types')] },
};

/**
 * Type-checks typed users of the installed package, its declarations included, with each compiler
 * and each way of finding modules.
 * @param {string} project
 */
export function types(project) {
  const compilers = join(project, '../compilers');
  mkdirSync(compilers);
  writeFileSync(join(compilers, 'package.json'), JSON.stringify({ private: true }));
  const packages = Object.entries(COMPILERS).map(([name, at]) => `${name}@npm:typescript@${at}`);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], compilers);

  const program = (name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  for (const extension of ['ts', 'cts', 'mts']) {
    for (const name of ['use-types', 'use-threads']) {
      copyFileSync(program(name), join(project, `${name}.${extension}`));
    }
    writeFileSync(join(project, `use-entries.${extension}`), everyEntry());
  }
  writeFileSync(join(project, 'mixed.cts'), MIXED.commonJs);
  writeFileSync(join(project, 'mixed.mts'), MIXED.module);
  for (const [alias, version] of Object.entries(COMPILERS)) {
    const tsc = join(compilers, 'node_modules', alias, 'bin/tsc');
    for (const [name, { extension, ...resolution }] of Object.entries(RESOLUTIONS)) {
      if (name === 'node10' && alias === 'ts70') continue; // TypeScript 7 has removed it
      for (const [platform, libraries] of Object.entries(PLATFORMS)) {
        if (platform === 'browser' && name.startsWith('node16')) continue; // as nodenext
        const names = platform === 'node' ? ['use-entries'] : ['use-types', 'use-threads'];
        const files = names.map((used) => `${used}.${extension}`);
        if (platform === 'node' && extension === 'mts') files.push('mixed.mts');
        const compilerOptions = {
          ...resolution,
          ...libraries,
          ...(name === 'node10' && alias === 'ts60' ? { ignoreDeprecations: '6.0' } : {}),
          target: 'es2022',
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
        };
        const file = join(project, `tsconfig.${platform}.json`);
        writeFileSync(file, JSON.stringify({ compilerOptions, files }));
        run(process.execPath, [tsc, '-p', file], project);
      }
      console.log(`  TypeScript ${version}, ${name}: clean`);
    }
  }
}

/** A program that has every entry point. */
function everyEntry() {
  const imports = ENTRIES.map(({ name }, i) => `import * as entry${i} from '${name}';\n`).join('');
  return `${imports}export const all = [${ENTRIES.map((_, i) => `entry${i}`).join(', ')}];\n`;
}

/** What a CommonJS library makes is the same type for an ES module, private parts included. */
const MIXED = {
  commonJs: `
    import { Session, SessionCache } from 'sesscache';
    export const cache: SessionCache = new SessionCache();
    export const session: Session = new Session({ id: new Uint8Array(32) });
  `,
  module: `
    import { Session, SessionCache } from 'sesscache';
    import { cache, session } from './mixed.cjs';
    const ours: SessionCache = cache;
    ours.addSession(session);
    cache.addSession(new Session({ id: new Uint8Array(32) }));
  `,
};
