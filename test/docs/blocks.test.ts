// The blocks of code in the pages are type-checked as they are printed. What a block takes for
// given, such as a key or a connected client, is declared here, and nothing else is.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Block, blocksOf, PAGES, root } from './pages.ts';

const test = suite('blocks of code in the pages');
const folder = `${root}build/docs-blocks/`;

/** What the pages take for given. */
const GIVEN = `
  import type { RequestListener } from 'node:http';
  import type { IncomingMessage } from 'node:http';
  import type { Server, TLSSocket } from 'node:tls';
  import type { Socket } from 'node:net';
  import type { SessionCache } from 'sesscache';
  import type { RedisClient } from 'sesscache/redis';
  type ServerAttachment = ReturnType<typeof import('sesscache/node').attachServer>;
  declare global {
    var GIVEN: never;
    GIVEN_LINES
  }
  export {};
`;

const NAMES: Record<string, string> = {
  key: 'Buffer',
  cert: 'Buffer',
  ca: 'Buffer',
  app: 'RequestListener',
  server: 'Server',
  secret: 'Buffer',
  bytes: 'Uint8Array',
  data: 'Uint8Array',
  cache: 'SessionCache',
  attached: 'ServerAttachment',
  attachedStore: "ReturnType<typeof import('sesscache/external').attachExternal>",
  request: 'IncomingMessage & { socket: TLSSocket }',
  client: 'RedisClient',
  keyFile: 'string',
  certFile: 'string',
  host: 'string',
  user: 'string',
  password: 'string',
  controlSocket: 'Socket',
  dataSocket: 'Socket',
  forge: 'any',
  options: 'any',
  log: '(...all: unknown[]) => void',
};

const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => ['js', 'ts'].includes(language));
const nameOf = ({ at, language }: Block): string =>
  `${at.replaceAll(/[^a-z0-9]+/gi, '-')}.m${language === 'ts' ? 'ts' : 'js'}`;

test('there are some, and other blocks are of a language that is known', () => {
  assert.ok(blocks.length > 12, `${blocks.length} blocks`);
  const languages = new Set(PAGES.flatMap(blocksOf).map(({ language }) => language));
  for (const language of languages)
    assert.ok(['js', 'ts', 'html', 'sh', ''].includes(language), language);
});

test('each compiles as it is printed', () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const given = Object.entries(NAMES).map(([name, type]) => `var ${name}: ${type};`);
  writeFileSync(`${folder}given.d.ts`, GIVEN.replace('GIVEN_LINES', given.join('\n    ')));
  for (const block of blocks) {
    // A block of test/README.md stands for a file in a folder of test/.
    const code = block.code.replaceAll("from '../", "from '../../test/");
    writeFileSync(folder + nameOf(block), `${code}\nexport {};\n`);
  }
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { allowJs: true, checkJs: true, noImplicitAny: false, noUnusedLocals: false },
    files: ['given.d.ts', ...blocks.map(nameOf)],
    include: [],
  };
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config));
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  assert.is(stdout, '');
});

test.run();
