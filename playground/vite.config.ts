import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { ENTRIES } from '../scripts/entries.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The built page has no inline code, calls no eval and sends no requests: a dropped session stays in
// the browser.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the built page only: vite's own page of development needs more. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

export default defineConfig({
  root: here('.'),
  base: './', // the output works from any folder of any static host
  resolve: {
    alias: ENTRIES.map(({ name, path }) => ({
      find: new RegExp(`^${name}$`),
      replacement: here(`../bindings/${path}.ts`),
    })),
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: here('../build/playground'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  plugins: [contentSecurityPolicy()],
});
