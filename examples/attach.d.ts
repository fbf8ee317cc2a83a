import type { Server } from 'node:tls';
import type { Connection, SessionCache } from 'sesscache';

export interface AttachOptions {
  connection?: Connection;
  async?: boolean;
  onError?: (error: unknown) => void;
}

export function attach(server: Server, cache: SessionCache, options?: AttachOptions): void;
