// Requests of node-fetch whose connections resume.
// Run: node examples/clients/node-fetch.js https://localhost:8443/ ca.pem

import { readFileSync } from 'node:fs';
import fetch from 'node-fetch';
import { SessionAgent } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const agent = new SessionAgent({ ca });

for (let i = 0; i < 2; i++) {
  const response = await fetch(url, { agent });
  await response.text();
  console.log(`${response.status}, resumed so far: ${agent.sessions.stats().resumed}`);
}
