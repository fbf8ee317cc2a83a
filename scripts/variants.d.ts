import type { Plugin } from 'esbuild';
export const forBrowsers: Plugin;
export const withoutLoader: Plugin;
export const INTERNAL_NAMES: RegExp;
