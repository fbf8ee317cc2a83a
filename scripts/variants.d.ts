import type { Plugin } from 'esbuild';
export const forBrowsers: Plugin;
export const withoutLoader: Plugin;
export const INTERNAL_NAMES: RegExp;
export const pureClasses: Plugin;
export function markPureCalls(code: string): string;
