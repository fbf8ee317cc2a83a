import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { contenders } from './contenders/index.js';

/** The machine and the versions, which a report must name beside its figures. */
export function machine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  };
}

/**
 * Versions of the packages of contenders.
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
export function versions(names) {
  const packages = names.map((name) => contenders[name]?.package ?? '').filter(Boolean);
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

/** @param {string} name of a package */
function versionOf(name) {
  // Not resolved through the package: most do not export their package.json.
  const path = name === 'sesscache' ? '../package.json' : `../node_modules/${name}/package.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
}
