// The clients that people use, each with a cache: a request, and whether its connection was new.

import https from 'node:https';
import http2 from 'node:http2';
import { once } from 'node:events';
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

/** Opens one connection, exchanges something, and closes it once its tickets have come. */
export type Visit = (
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
) => Promise<void>;

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
  { name: 'undici', kind: 'https', visit: withUndici },
  { name: 'fetch', kind: 'https', visit: withFetch },
  { name: 'http2', kind: 'http2', visit: withHttp2 },
];

const url = (port: number): string => `https://localhost:${port}/`;

async function withTls(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const socket = connect({
    port,
    host: 'localhost',
    servername: 'localhost',
    sessions,
    ...options,
  });
  socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
}

async function withHttps(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const agent = new SessionAgent({ ...options, sessions });
  const request = https.get(url(port), { agent });
  const [response] = await once(request, 'response');
  response.resume();
  await once(request, 'close');
  agent.destroy();
}

async function withAxios(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const httpsAgent = new SessionAgent({ ...options, sessions });
  await axios.get(url(port), { httpsAgent, proxy: false });
}

async function withNodeFetch(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const agent = new SessionAgent({ ...options, sessions });
  const response = await nodeFetch(url(port), { agent });
  await response.text();
}

async function withGot(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const agent = new SessionAgent({ ...options, sessions });
  await got(url(port), { agent: { https: agent }, retry: { limit: 0 } });
}

async function withUndici(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const connector = undiciConnector(undici.buildConnector, { ...options, sessions });
  const dispatcher = new undici.Agent({ connect: connector });
  const { body } = await undici.request(url(port), { dispatcher });
  await body.text();
  await dispatcher.close();
}

async function withFetch(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const connector = undiciConnector(undici.buildConnector, { ...options, sessions });
  const dispatcher = new undici.Agent({ connect: connector });
  const response = await undici.fetch(url(port), { dispatcher });
  await response.text();
  await dispatcher.close();
}

async function withHttp2(
  port: number,
  sessions: ClientSessionCache,
  options: ConnectionOptions,
): Promise<void> {
  const createConnection = http2Connector({ sessions });
  const client = http2.connect(url(port), { ...options, createConnection });
  const stream = client.request({ ':path': '/' });
  stream.resume();
  await once(stream, 'close');
  client.close();
  await once(client, 'close');
}
