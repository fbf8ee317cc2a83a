// The arguments of `sesscache probe`.

import { parseArgs } from 'node:util';
import { PORTS, PROTOCOLS, type Protocol } from './upgrade.ts';

export const USAGE = `usage: sesscache probe HOST[:PORT] [options]

Tests whether a TLS server resumes sessions: in which TLS versions, how, for how long and where not.
Does not check certificates. Sends only handshakes and the STARTTLS request.

  --starttls PROTOCOL  ask for TLS first: ${PROTOCOLS.join(', ')}
  --servername NAME    the server name to send instead of HOST
  --pause SECONDS      how long to wait before a session is tried again; default: 3
  --timeout SECONDS    for each connection; default: 10
  --json               print the findings as JSON

Exit code: 0 if every version that the server speaks resumes, also after the pause and at each address;
1 if none or only some do; 2 if no handshake succeeded, or an argument is wrong.`;

/** What to probe, and how. */
export interface ProbeOptions {
  host: string;
  port: number;
  /** What the ClientHello names; undefined: nothing, as for addresses. */
  servername: string | undefined;
  starttls: Protocol | undefined;
  /** Seconds before a session is tried again. */
  pause: number;
  /** Seconds for each connection. */
  timeout: number;
}

/** Wrong arguments; the message says which. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): ProbeOptions & { json: boolean } {
  const { values, positionals } = parse(args);
  const [command, target, ...rest] = positionals;
  if (command !== 'probe') throw new UsageError(`unknown command: ${command ?? '(none)'}`);
  if (target === undefined || rest.length > 0) throw new UsageError('expected one HOST[:PORT]');
  const starttls = values.starttls as Protocol | undefined;
  if (starttls !== undefined && !PROTOCOLS.includes(starttls)) {
    throw new UsageError(`--starttls takes ${PROTOCOLS.join(', ')}, not ${starttls}`);
  }
  const { host, port = starttls ? PORTS[starttls] : 443 } = readTarget(target);
  return {
    host,
    port,
    servername:
      values.servername ?? (/[a-z]/i.test(host) && !host.includes(':') ? host : undefined),
    starttls,
    pause: readSeconds('--pause', values.pause, 3),
    timeout: readSeconds('--timeout', values.timeout, 10),
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        starttls: { type: 'string' },
        servername: { type: 'string' },
        pause: { type: 'string' },
        timeout: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** `host`, `host:port`, `[::1]`, `[::1]:port`, or an address of IPv6 alone. */
function readTarget(target: string): { host: string; port: number | undefined } {
  const [, bracketed, named, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(target) ?? [];
  if (bracketed === undefined && named === undefined) {
    if (/^[\da-f:.]+$/i.test(target)) return { host: target, port: undefined };
    throw new UsageError(`expected HOST[:PORT], got ${target}`);
  }
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) throw new UsageError(`no port: ${digits}`);
  return { host: bracketed ?? named!, port };
}

function readSeconds(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 86_400) {
    throw new UsageError(`${name} takes seconds, 0 to 86400, not ${text}`);
  }
  return seconds;
}
