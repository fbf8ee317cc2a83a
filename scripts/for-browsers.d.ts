import type { Plugin } from 'esbuild';
export const forBrowsers: Plugin;
