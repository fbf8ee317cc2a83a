// Requests of undici whose connections resume.
// Run: node examples/clients/undici.js https://localhost:8443/ ca.pem

import { readFileSync } from 'node:fs';
import { defaultSessions, undiciConnector } from 'sesscache/client';
import { Agent, buildConnector, request } from 'undici';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const dispatcher = new Agent({ connect: undiciConnector(buildConnector, { ca }) });

for (let i = 0; i < 2; i++) {
  const { statusCode, body } = await request(url, { dispatcher, reset: true }); // closes after it
  await body.text();
  console.log(`${statusCode}, resumed so far: ${defaultSessions().stats().resumed}`);
}
await dispatcher.close();
