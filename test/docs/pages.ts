// The pages that people read, in Markdown.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

export const PAGES: readonly string[] = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'RELEASING.md',
  'test/README.md',
  'examples/README.md',
  'bench/README.md',
  'test/conformance/README.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

export const read = (page: string): string => readFileSync(root + page, 'utf8');

/** A page without its blocks of code. */
export const proseOf = (page: string): string => read(page).replaceAll(/^```[^]*?^```$/gm, '');

export interface Block {
  /** The page and the line. */
  readonly at: string;
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of a page. */
export function blocksOf(page: string): Block[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(({ 1: language, 2: code, index }) => ({
    at: `${page}:${text.slice(0, index).split('\n').length + 1}`,
    language: language!,
    code: code!,
  }));
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: string): Set<string> {
  const headings = proseOf(page).match(/^#+ .*$/gm) ?? [];
  const slugs = headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(slugs);
}
