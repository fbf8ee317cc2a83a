// Popular clients with a cache: each makes a request and says whether its connection was new. With
// the adapters of sesscache/client, or unchanged under sesscache/auto.

import https from 'node:https';
import http2 from 'node:http2';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import axios from 'axios';
import { got } from 'got';
import nodeFetch from 'node-fetch';
import * as undici from 'undici';
import { install } from '../../bindings/auto/index.ts';
import {
  type ClientSessionCache,
  connect,
  http2Connector,
  SessionAgent,
  undiciConnector,
} from '../../bindings/client/index.ts';
import type { Kind } from './servers.ts';

/** Opens a connection, makes a request, and closes it after its tickets; resolves to the answer. */
export type Visit = (
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
) => Promise<string>;

export interface Client {
  name: string;
  kind: Kind;
  visit: Visit;
}

type Undici = typeof undici;

/** How connections get their sessions. */
interface Way {
  connect(options: ConnectionOptions): TLSSocket;
  agent(options: ConnectionOptions): https.Agent;
  /** For the option `connect` of undici's Agent. */
  connector(
    release: Undici,
    options: ConnectionOptions,
  ): NonNullable<undici.Agent.Options['connect']>;
  /** For `http2.connect`. */
  http2(options: ConnectionOptions): http2.SecureClientSessionOptions;
}

function adapters(sessions: ClientSessionCache): Way {
  return {
    connect: (options) => connect({ ...options, sessions }),
    agent: (options) => new SessionAgent({ ...options, sessions }),
    connector: ({ buildConnector }, options) =>
      undiciConnector(buildConnector, { ...options, sessions }),
    http2: (options) => ({ ...options, createConnection: http2Connector({ sessions }) }),
  };
}

/** As programs without this package write them. */
const stock: Way = {
  connect: (options) => tls.connect(options),
  agent: (options) => new https.Agent(options),
  connector: (_, options) => options as undici.buildConnector.BuildOptions,
  http2: (options) => options,
};

type Ask = (way: Way, port: number, options: ConnectionOptions) => Promise<string>;

const ALL: readonly { name: string; kind: Kind; ask: Ask }[] = [
  { name: 'tls', kind: 'https', ask: withTls },
  { name: 'https', kind: 'https', ask: withHttps },
  { name: 'axios', kind: 'https', ask: withAxios },
  { name: 'node-fetch', kind: 'https', ask: withNodeFetch },
  { name: 'got', kind: 'https', ask: withGot },
  { name: 'undici 7', kind: 'https', ask: withRequest(undici) },
  ...(await undici8()),
  { name: 'fetch of undici', kind: 'https', ask: withFetch(undici.fetch) },
  {
    name: 'fetch of Node',
    kind: 'https',
    ask: withFetch(fetch as unknown as typeof undici.fetch),
  },
  { name: 'http2', kind: 'http2', ask: withHttp2 },
];

/** With the adapters of sesscache/client. */
export const CLIENTS: readonly Client[] = ALL.map(({ name, kind, ask }) => ({
  name,
  kind,
  visit: (port, sessions, options) => ask(adapters(sessions), port, options),
}));

/** Unchanged, under sesscache/auto. */
export const AUTO_CLIENTS: readonly Client[] = ALL.map(({ name, kind, ask }) => ({
  name: `${name}, auto`,
  kind,
  async visit(port, sessions, options) {
    const uninstall = install({ sessions });
    try {
      return await ask(stock, port, options);
    } finally {
      uninstall();
    }
  },
}));

const url = (port: number): string => `https://localhost:${port}/`;

async function withTls(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  const socket = way.connect({ port, host: 'localhost', servername: 'localhost', ...options });
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  const answer = await textOf(socket);
  if (!socket.closed) await once(socket, 'close');
  return answer;
}

async function withHttps(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  const agent = way.agent(options);
  const request = https.get(url(port), { agent });
  const [response] = await once(request, 'response');
  const answer = await textOf(response);
  if (!request.closed) await once(request, 'close');
  agent.destroy();
  return answer;
}

async function withAxios(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  const response = await axios.get<string>(url(port), {
    httpsAgent: way.agent(options),
    proxy: false,
    transformResponse: (text: string) => text, // not JSON.parse
  });
  return response.data;
}

async function withNodeFetch(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  const response = await nodeFetch(url(port), { agent: way.agent(options) });
  return response.text();
}

async function withGot(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  return got(url(port), { agent: { https: way.agent(options) }, retry: { limit: 0 } }).text();
}

/** The function of undici that makes the request. */
type Request = (url: string, options: { dispatcher: undici.Dispatcher }) => Promise<string>;

function withDispatcher(release: Undici, request: Request): Ask {
  return async (way, port, options) => {
    const dispatcher = new release.Agent({ connect: way.connector(release, options) });
    const answer = await request(url(port), { dispatcher });
    await dispatcher.close();
    return answer;
  };
}

function withRequest(release: Undici): Ask {
  return withDispatcher(release, async (target, options) => {
    const { body } = await release.request(target, options);
    return body.text();
  });
}

/** `get`: that of undici, or that of Node. */
function withFetch(get: typeof undici.fetch): Ask {
  return withDispatcher(undici, async (target, options) => {
    const response = await get(target, options);
    return response.text();
  });
}

/** Does not load in releases of Node below its `engines`. */
async function undici8(): Promise<{ name: string; kind: Kind; ask: Ask }[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 19)) return [];
  const release = (await import('undici8')) as unknown as Undici;
  return [{ name: 'undici 8', kind: 'https', ask: withRequest(release) }];
}

async function withHttp2(way: Way, port: number, options: ConnectionOptions): Promise<string> {
  const client = http2.connect(url(port), way.http2(options));
  client.on('error', () => {}); // the stream has it too
  const stream = client.request({ ':path': '/' });
  const answer = await textOf(stream);
  client.close();
  await once(client, 'close');
  return answer;
}

async function textOf(stream: Readable): Promise<string> {
  return (await stream.setEncoding('utf8').toArray()).join('');
}
