// Which options this release of Node reads, found by watching Node's functions: a release newer
// than this package may read options that decide about trust and that tls-options.ts lacks.

import tls from 'node:tls';
import { KNOWN } from './tls-options.ts';

/** The newest release whose reads have been compared with tls-options.ts. */
const NEWEST = 26;

/** The functions that are watched; a parameter for the tests. */
export interface Release {
  version: string;
  /** `tls.connect` */
  connect: unknown;
  /** `tls.createSecureContext` */
  createSecureContext: unknown;
}

/**
 * The options that a release reads and tls-options.ts lacks. `undefined` if the release is newer
 * and cannot be watched, because a program has replaced Node's functions.
 */
export function unknownReads({
  version,
  connect,
  createSecureContext,
}: Release): string[] | undefined {
  const ofConnect = readsOfConnect(connect);
  const ofContext = readsOfContext(createSecureContext);
  if (ofConnect === undefined || ofContext === undefined) {
    return Number.parseInt(version.slice(1)) > NEWEST ? undefined : [];
  }
  return [...ofConnect, ...ofContext].filter((name) => !KNOWN.has(name));
}

/**
 * Found in the function's source: its `options` are a copy, which cannot be watched from outside.
 */
function readsOfConnect(connect: unknown): Set<string> | undefined {
  const source = String(connect);
  if (!source.includes('createSecureContext')) return undefined; // not Node's own
  return new Set([...source.matchAll(/\boptions\??\.(\w+)/g)].map(([, name]) => name!));
}

function readsOfContext(createSecureContext: unknown): Set<string> | undefined {
  if (!String(createSecureContext).includes('configSecureContext')) return undefined;
  const names = new Set<string>();
  const options = new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name === 'string') names.add(name);
        return name === 'ca' ? [] : undefined; // no authorities: loading the default ones takes long
      },
    },
  );
  try {
    (createSecureContext as typeof tls.createSecureContext)(options);
  } catch {
    return undefined; // no TLS at all (FIPS without its provider)
  }
  return names;
}

const { version } = process;
const release: Release = {
  version,
  connect: tls.connect,
  createSecureContext: tls.createSecureContext,
};
let unknown: readonly string[] | undefined | null = null;

/** The same for the running release, determined once, with its functions when this was loaded. */
export function unknownReadsHere(): readonly string[] | undefined {
  return unknown === null ? (unknown = unknownReads(release)) : unknown;
}
