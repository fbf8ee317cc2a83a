export type { SessionCache } from '../index.ts';
