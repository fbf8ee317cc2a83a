// Every client against every server, twice each: does the second connection resume?

import { readCertificate } from '../../examples/certificates.js';
import { collect } from '../support/collect.ts';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { type Client, CLIENTS } from './clients.ts';
import { readWord, type Version, type WebKind, withWebServer, type Word } from './servers/web.ts';

export interface Cell {
  client: string;
  /** Whether both sides say that the second connection resumed, and only that one. */
  resumed: boolean;
  /** The failure, or why resumption is impossible. */
  why: string;
  /** Whether this combination is not tried. */
  impossible: boolean;
}

const ca: Buffer = readCertificate('rsa').cert;
const HTTP2: ReadonlySet<WebKind> = new Set(['http2', 'nginx', 'nginx cache']);

/** One client on its way through two connections. */
interface Trial {
  client: Client;
  sessions: ClientSessionCache;
  words: Word[];
  /** The errors; empty: none. */
  why: string;
}

/** One server, all clients. */
export function tryServer(kind: WebKind, version: Version): Promise<Cell[]> {
  return withWebServer({ kind, version }, async ({ port }) => {
    const trials = CLIENTS.map((client): Trial => ({
      client,
      sessions: new ClientSessionCache(),
      words: [],
      why: fits(client, kind) ? '' : 'speaks no HTTP/2',
    }));
    for (const trial of trials) await visit(trial, port);
    collect(); // sessions must not depend on objects that are collected
    for (const trial of trials) await visit(trial, port);
    return trials.map((trial) => judge(trial, kind, version));
  });
}

function fits(client: Client, kind: WebKind): boolean {
  return client.kind !== 'http2' || HTTP2.has(kind);
}

async function visit(trial: Trial, port: number): Promise<void> {
  if (trial.why !== '') return;
  try {
    trial.words.push(readWord(await trial.client.visit(port, trial.sessions, { ca })));
  } catch (error) {
    trial.why = String(error);
  }
}

function judge(trial: Trial, kind: WebKind, version: Version): Cell {
  const { client, sessions, words } = trial;
  const why = trial.why || faultOf(words, version, sessions);
  sessions.close();
  return { client: client.name, resumed: why === '', why, impossible: !fits(client, kind) };
}

function faultOf(words: Word[], version: Version, sessions: ClientSessionCache): string {
  const { resumed, errors } = sessions.stats();
  const said = words.map((word) => (word.resumed ? 'resumed' : 'full')).join(', ');
  if (words.some((word) => word.version !== version)) return `${words[0]?.version} was spoken`;
  if (said !== 'full, resumed') return `server: ${said}`;
  if (resumed !== 1) return `client: ${resumed} resumed`;
  return errors > 0 ? `${errors} errors of the cache` : '';
}
