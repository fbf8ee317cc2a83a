// What the recipes of CONTRIBUTING.md promise to those who follow them: the names are where the
// recipe says, and what a recipe adds is documented where it says.

import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MISS_CAUSES, REMOVAL_CAUSES } from '../../bindings/core/abi.generated.ts';
import { PROFILES } from '../../bindings/cache/profiles.ts';
import { read, root } from './pages.ts';

const test = suite('recipes of CONTRIBUTING.md');

const [, chapter = ''] = /^## Ten changes.*?\n(.*?)^## /ms.exec(read('CONTRIBUTING.md')) ?? [];
const recipes = chapter
  .split(/\n\n(?=\*\*)/)
  .map((text) => text.trim())
  .filter(Boolean);

const isFile = (name: string): boolean => /^(assembly|bindings|docs|test)\/.*\.\w+$/.test(name);

test('there are ten', () => assert.is(recipes.length, 10));

for (const recipe of recipes) {
  const [, title] = /^\*\*(.*?)\*\*/s.exec(recipe) as unknown as [string, string];
  test(`${title} the names that the recipe gives are in the files that it gives`, () => {
    const spans = [...recipe.matchAll(/`([^`]+)`/g)].map(([, span]) => span!);
    const files = spans.filter(isFile).map((path) => read(path));
    assert.ok(files.length > 0);
    const names = spans.filter((span) => /^[A-Za-z_]\w{2,}$/.test(span) && !ELSEWHERE.has(span));
    const lost = names.filter(
      (name) => !files.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
    );
    assert.equal(lost, []);
  });
}

/** Names in recipes that are not in a source file: of package.json, of the shell. */
const ELSEWHERE = new Set(['exports', 'NODE_DEBUG', 'attachServer']);

/** Where the options of an entry point are declared, and the page with their table. */
const OPTIONS = {
  'bindings/node/options.ts': ['AttachOptions', 'docs/node-servers.md'],
  'bindings/external/options.ts': ['ExternalOptions', 'docs/external.md'],
  'bindings/tickets/options.ts': ['TicketKeysOptions', 'docs/tickets.md'],
  'bindings/client/sessions/backing.ts': ['ClientSessionCacheOptions', 'docs/clients.md'],
  'bindings/cache/types.ts': ['SessionCacheOptions', 'docs/api.md'],
} as const;

for (const [file, [type, page]] of Object.entries(OPTIONS)) {
  test(`${page} describes every option of ${type}`, () => {
    const [, body = ''] =
      new RegExp(`^export interface ${type}.*?\\{\\n(.*?)^\\}`, 'ms').exec(read(file)) ?? [];
    const names = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!);
    assert.ok(names.length > 1, file);
    const text = read(page);
    assert.equal(
      names.filter((name) => !new RegExp(`\`${name}\\b`).test(text)),
      [],
    );
  });
}

test('each profile, cause of a miss and cause of a removal is explained on a page', () => {
  const pages = readdirSync(`${root}docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => read(`docs/${file}`))
    .join('\n');
  const names = [...Object.keys(PROFILES), ...MISS_CAUSES, ...REMOVAL_CAUSES];
  assert.equal(
    names.filter((name) => !pages.includes(`\`${name}\``)),
    [],
  );
});

test.run();
