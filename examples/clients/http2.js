// http2 connections that resume.
// Run: node examples/clients/http2.js https://localhost:8443/ ca.pem

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { defaultSessions, http2Connector } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const createConnection = http2Connector();

for (let i = 0; i < 2; i++) {
  const client = http2.connect(url, { ca, createConnection });
  const stream = client.request({ ':path': new URL(url).pathname });
  stream.resume();
  await once(stream, 'close');
  client.close();
  await once(client, 'close');
  console.log(`resumed so far: ${defaultSessions().stats().resumed}`);
}
