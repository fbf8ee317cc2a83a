// Requests of got whose connections resume.
// Run: node examples/clients/got.js https://localhost:8443/ ca.pem

import { readFileSync } from 'node:fs';
import { got } from 'got';
import { SessionAgent } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const agent = new SessionAgent({ ca });
const client = got.extend({ agent: { https: agent } });

for (let i = 0; i < 2; i++) {
  const { statusCode } = await client(url);
  console.log(`${statusCode}, resumed so far: ${agent.sessions.stats().resumed}`);
}
