import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

const COMPILERS = { ts54: '5.4.5', ts60: '6.0.3', ts70: '7.0.2' };
const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Programs for Node have no `dom`. */
const PLATFORMS = {
  browser: { lib: ['es2022', 'dom'], types: [] },
  node: { lib: ['es2022'], types: ['node'], typeRoots: [join(repository, 'node_modules/@types')] },
};

/**
 * Type-checks a typed user of the installed package, declarations of the package included, with each
 * compiler and each resolution.
 * @param {string} project
 */
export function types(project) {
  const compilers = join(project, '../compilers');
  mkdirSync(compilers);
  writeFileSync(join(compilers, 'package.json'), JSON.stringify({ private: true }));
  const packages = Object.entries(COMPILERS).map(([name, at]) => `${name}@npm:typescript@${at}`);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], compilers);

  const program = fileURLToPath(new URL('programs/use-types.ts', import.meta.url));
  copyFileSync(program, join(project, 'use-types.ts'));
  const entries = fileURLToPath(new URL('programs/use-entries.ts', import.meta.url));
  copyFileSync(entries, join(project, 'use-entries.ts'));
  for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
    for (const [platform, libraries] of Object.entries(PLATFORMS)) {
      const config = {
        compilerOptions: {
          ...resolution,
          ...libraries,
          target: 'es2022',
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
        },
        files: [platform === 'node' ? 'use-entries.ts' : 'use-types.ts'],
      };
      const file = join(project, `tsconfig.${name}.${platform}.json`);
      writeFileSync(file, JSON.stringify(config));
      for (const [alias, version] of Object.entries(COMPILERS)) {
        const tsc = join(compilers, 'node_modules', alias, 'bin/tsc');
        run(process.execPath, [tsc, '-p', file], project);
        console.log(`  TypeScript ${version}, ${name}, ${platform}: clean`);
      }
    }
  }
}
