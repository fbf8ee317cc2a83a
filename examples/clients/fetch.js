// fetch, through a dispatcher whose connections resume.
// Run: node examples/clients/fetch.js https://localhost:8443/ ca.pem

import { readFileSync } from 'node:fs';
import { defaultSessions, undiciConnector } from 'sesscache/client';
import { Agent, buildConnector, fetch } from 'undici'; // setGlobalDispatcher() of undici does it for Node's fetch

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const connect = undiciConnector(buildConnector, { ca });

for (let i = 0; i < 2; i++) {
  const dispatcher = new Agent({ connect }); // a new one: so that there is a new connection
  const response = await fetch(url, { dispatcher });
  await response.text();
  await dispatcher.close();
  console.log(`${response.status}, resumed so far: ${defaultSessions().stats().resumed}`);
}
