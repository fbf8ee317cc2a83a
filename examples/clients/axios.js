// Requests of axios whose connections resume.
// Run: node examples/clients/axios.js https://localhost:8443/ ca.pem

import { readFileSync } from 'node:fs';
import axios from 'axios';
import { SessionAgent } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const httpsAgent = new SessionAgent({ ca });

for (let i = 0; i < 2; i++) {
  const { status } = await axios.get(url, { httpsAgent });
  console.log(`${status}, resumed so far: ${httpsAgent.sessions.stats().resumed}`);
}
