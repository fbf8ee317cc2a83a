// How what is distributed differs from bindings/, and bundles for browsers from what Node imports.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Takes bindings/**\/name.web.ts instead of name.ts where there is one: in browsers every byte is
 * sent, and in Node the start of a program counts, and what its host has.
 * @type {import('esbuild').Plugin}
 */
export const forBrowsers = {
  name: 'for browsers',
  setup({ onResolve }) {
    onResolve({ filter: /\/(embedded|seed|platform)\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\.ts$/, '.web.ts')),
    }));
  },
};

/**
 * In bindings/ the loader links debug builds, so that an assert that fails names its line. It takes
 * 9 KB and 0.15 ms of the start, for nothing in the release build.
 * @type {import('esbuild').Plugin}
 */
export const withoutLoader = {
  name: 'without the loader',
  setup({ onResolve }) {
    onResolve({ filter: /\/link\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\.ts$/, '.dist.ts')),
    }));
  },
};

/**
 * Methods and properties of the cache's engine, of its memory and of a lookup. To shorten them
 * saves several hundred bytes of the bundle after compression. A name must not be here if the
 * public types, the core's exports, a built-in object or a `stats()` have it too.
 */
const ENGINE_NAMES = [
  'askedView',
  'authTimeOf',
  'checkResumable',
  'closeRequested',
  'collectDetached',
  'conclude',
  'contextAt',
  'contextOf',
  'contextView',
  'copyAt',
  'copyData',
  'copyDecoded',
  'criteria',
  'dataOf',
  'dataWithId',
  'decodedBytes',
  'defaultCriteria',
  'dispatch',
  'engine',
  'entryOf',
  'evictsStepwise',
  'extras',
  'fillSlot',
  'forgotten',
  'handleAt',
  'hasDecoded',
  'hasQuirk',
  'headerLong',
  'headerWord',
  'idOf',
  'idView',
  'isClosed',
  'isClosing',
  'isLent',
  'isLocked',
  'isMarked',
  'isOnlyNewCallback',
  'isRemoved',
  'kept',
  'lastMiss',
  'lend',
  'lent',
  'lifetimes',
  'locks',
  'longs',
  'metaOf',
  'mind',
  'nameOf',
  'noteRemoved',
  'noteUnmarked',
  'notifies',
  'onGenerate',
  'onGet',
  'onNew',
  'onRejection',
  'onRemove',
  'overflow',
  'owner',
  'pendingGet',
  'recall',
  'refresh',
  'revocations',
  'scopeOf',
  'secondsOf',
  'serialOf',
  'setAppData',
  'setFlag',
  'setHeaderWord',
  'slab',
  'slotFor',
  'slots',
  'stagedOfSession',
  'stagedWords',
  'tagsOf',
  'tailOf',
  'tell',
  'tellLocked',
  'tellNew',
  'timeOf',
  'timeoutOf',
  'unmarkedSerials',
  'versionOf',
  'viewAt',
  'wipeLent',
];

/** Properties that get short names: those above, `_private` ones, and what stages arguments. */
export const INTERNAL_NAMES = new RegExp(`^(?:_[a-z]|stage[A-Z]|(?:${ENGINE_NAMES.join('|')})$)`);

/**
 * Lets bundlers leave out classes that a program does not use. To a bundler, a class with a
 * computed name like `[Symbol.for('…')]` or with a static block may have an effect, so it would
 * stay, and with it the core. Such a class becomes the result of a call, which `markPureCalls`
 * marks. The call's argument names the class, because a name of its own is changed where names are
 * shortened.
 * @type {import('esbuild').Plugin}
 */
export const pureClasses = {
  name: 'pure classes',
  setup({ onLoad }) {
    onLoad({ filter: /\/bindings\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!/^ {2}(\[\w|static \{)/m.test(text)) return undefined;
      const contents = text.replaceAll(
        /^(export )?class (\w+)(.*?)^\}/gms,
        (_, exported = '', name, body) =>
          `${exported}const ${name} = ((name) => ({ [name]: class${body}} })[name])('${name}');`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Marks the calls that `pureClasses` made as without effect. esbuild drops comments where it
 * removes white space, so this comes last.
 * @param {string} code
 */
export function markPureCalls(code) {
  return code.replaceAll(/=\s*(?=\(\(?\w+\)?\s*=>\s*\(\{\s*\[)/g, '=/*@__PURE__*/');
}
