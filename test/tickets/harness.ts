// Real servers with ticket keys attached, real clients of Node, and a clock that can be set.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConnectionOptions, Server, TlsOptions } from 'node:tls';
import * as assert from 'uvu/assert';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import type { AttachedTicketKeys, TicketKeysOptions } from '../../bindings/tickets/index.ts';
import { connectTls, type Kind, makeServer, type Outcome, type Version } from '../node/harness.ts';
import { VERSIONS } from '../support/versions.ts';

export { VERSIONS };

/** Long enough that no test runs into the end of a period, unless it sets the clock. */
export const PERIOD = 100_000;
export const SECRET = Buffer.from('a secret of tests that is of no use to anything else');
export const OTHER_SECRET = Buffer.from('another secret of tests, of as little use as the first');

const realNow = Date.now;
let offset = 0;

/** Sets the clock to the middle of the present period, `periods` from now. */
export function setClock(periods: number, period = PERIOD): void {
  const milliseconds = period * 1000;
  const middle = Math.floor(realNow() / milliseconds) * milliseconds + milliseconds / 2;
  offset = middle - realNow() + periods * milliseconds;
  Date.now = () => realNow() + offset;
}

export function resetClock(): void {
  Date.now = realNow;
}

export interface Running {
  server: Server;
  port: number;
  attached: AttachedTicketKeys;
  connect(session?: Buffer, options?: ConnectionOptions): Promise<Outcome>;
}

export interface ServerOptions {
  kind?: Kind;
  version?: Version;
  tls?: TlsOptions;
  keys?: TicketKeysOptions | undefined;
  prepare?: (server: Server) => void;
  /** What the keys may complain of. */
  errors?: number;
}

/** Runs `use` against a server on the loopback interface with ticket keys; then closes both. */
export async function withTickets(
  { kind = 'tls', version, tls = {}, keys = {}, prepare, errors = 0 }: ServerOptions,
  use: (running: Running) => Promise<void>,
): Promise<void> {
  const limits = version && { minVersion: version, maxVersion: version };
  const server = makeServer(kind, { secureOptions: 0, ...limits, ...tls });
  prepare?.(server);
  const failures: unknown[] = [];
  const onError = (error: unknown): unknown => failures.push(error);
  const attached = attachTicketKeys(server, { secret: SECRET, period: PERIOD, onError, ...keys });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await attached.ready;
  const { port } = server.address() as AddressInfo;
  try {
    const connect: Running['connect'] = (session, options) => connectTls(port, session, options);
    await use({ server, port, attached, connect });
  } finally {
    server.close();
    await once(server, 'close');
    attached.detach();
  }
  assert.is(attached.stats().errors, errors, `errors of the keys: ${failures.map(String).join()}`);
}

interface Warning extends Error {
  code?: string;
}

/** The codes of the warnings that `use` causes. */
export async function warningsOf(use: () => unknown): Promise<string[]> {
  const codes: string[] = [];
  const note = (warning: Warning): void => {
    if (warning.name === 'SesscacheWarning') codes.push(warning.code ?? '');
  };
  process.on('warning', note);
  try {
    await use();
    await wait(1);
  } finally {
    process.off('warning', note);
  }
  return codes;
}
