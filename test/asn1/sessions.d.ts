import type { RealSession } from './real-session.ts';

export const SESSION_ID_CONTEXT: string;
export function makeSessions(): Promise<RealSession[]>;
