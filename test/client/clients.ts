// The clients that people use, each with a cache: a request, and whether its connection was new.

import https from 'node:https';
import http2 from 'node:http2';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import axios from 'axios';
import { got } from 'got';
import nodeFetch from 'node-fetch';
import * as undici from 'undici';
import {
  type ClientSessionCache,
  connect,
  http2Connector,
  SessionAgent,
  undiciConnector,
} from '../../bindings/client/index.ts';
import type { Kind } from './servers.ts';

/** Opens one connection, asks something, closes it once its tickets have come; resolves to the answer. */
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

export const CLIENTS: readonly Client[] = [
  { name: 'tls', kind: 'https', visit: withTls },
  { name: 'https', kind: 'https', visit: withHttps },
  { name: 'axios', kind: 'https', visit: withAxios },
  { name: 'node-fetch', kind: 'https', visit: withNodeFetch },
  { name: 'got', kind: 'https', visit: withGot },
  { name: 'undici 7', kind: 'https', visit: withRequest(undici) },
  ...(await undici8()),
  { name: 'fetch of undici', kind: 'https', visit: withFetch(undici.fetch) },
  {
    name: 'fetch of Node',
    kind: 'https',
    visit: withFetch(fetch as unknown as typeof undici.fetch),
  },
  { name: 'http2', kind: 'http2', visit: withHttp2 },
];

const url = (port: number): string => `https://localhost:${port}/`;

async function withTls(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const socket = connect({
    port,
    host: 'localhost',
    servername: 'localhost',
    sessions,
    ...options,
  });
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  const answer = await textOf(socket);
  if (!socket.closed) await once(socket, 'close');
  return answer;
}

async function withHttps(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const agent = new SessionAgent({ ...options, sessions });
  const request = https.get(url(port), { agent });
  const [response] = await once(request, 'response');
  const answer = await textOf(response);
  if (!request.closed) await once(request, 'close');
  agent.destroy();
  return answer;
}

async function withAxios(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const httpsAgent = new SessionAgent({ ...options, sessions });
  const response = await axios.get<string>(url(port), {
    httpsAgent,
    proxy: false,
    transformResponse: (text: string) => text, // not JSON.parse
  });
  return response.data;
}

async function withNodeFetch(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const agent = new SessionAgent({ ...options, sessions });
  const response = await nodeFetch(url(port), { agent });
  return response.text();
}

async function withGot(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const agent = new SessionAgent({ ...options, sessions });
  return got(url(port), { agent: { https: agent }, retry: { limit: 0 } }).text();
}

type Undici = typeof undici;

/** What of undici makes the request. */
type Ask = (url: string, options: { dispatcher: undici.Dispatcher }) => Promise<string>;

function withDispatcher({ Agent, buildConnector }: Undici, ask: Ask): Visit {
  return async (port, sessions, options) => {
    const connector = undiciConnector(buildConnector, { ...options, sessions });
    const dispatcher = new Agent({ connect: connector });
    const answer = await ask(url(port), { dispatcher });
    await dispatcher.close();
    return answer;
  };
}

function withRequest(release: Undici): Visit {
  return withDispatcher(release, async (target, options) => {
    const { body } = await release.request(target, options);
    return body.text();
  });
}

/** `get`: that of undici, or that of Node. */
function withFetch(get: typeof undici.fetch): Visit {
  return withDispatcher(undici, async (target, options) => {
    const response = await get(target, options);
    return response.text();
  });
}

/** Does not load where Node is older than its `engines` say. */
async function undici8(): Promise<Client[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 19)) return [];
  const release = (await import('undici8')) as unknown as Undici;
  return [{ name: 'undici 8', kind: 'https', visit: withRequest(release) }];
}

async function withHttp2(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<string> {
  const createConnection = http2Connector({ sessions });
  const client = http2.connect(url(port), { ...options, createConnection });
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
