// What ticket keys need to know of a TLS server of Node, beyond what sesscache/node does.

import type { TlsServer } from '../node/server.ts';

/** A tls.Server with more of the properties that Node gives it, none of them documented. */
export interface TicketServer extends TlsServer {
  ciphers?: string;
  sigalgs?: string;
  sessionTimeout?: number;
  /** The option of that name; `setTicketKeys` does not set it. */
  ticketKeys?: unknown;
}

/** Whether names may have a secure context of their own. */
export function hasNames(server: TlsServer): boolean {
  const { _contexts: contexts = [] } = server; // oxlint-disable-line no-underscore-dangle
  return contexts.length > 0 || bySymbol(server, 'snicallback') !== undefined;
}

/** Whether clients may authenticate by a pre-shared key. */
export function hasPreSharedKeys(server: TlsServer): boolean {
  return bySymbol(server, 'pskcallback') !== undefined;
}

/** A property under a symbol of Node's own. */
function bySymbol(server: TlsServer, description: string): unknown {
  const symbols = Object.getOwnPropertySymbols(server);
  const key = symbols.find((own) => own.description === description);
  return key && (server as unknown as Record<symbol, unknown>)[key];
}
