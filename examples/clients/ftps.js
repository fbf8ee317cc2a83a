// A directory listed over FTPS, at servers that demand that data connections resume the control
// connection's session.
// Run: node examples/clients/ftps.js localhost 21 user password ca.pem

import { readFileSync } from 'node:fs';
import { Client } from 'basic-ftp';
import { resumeDataConnections } from 'sesscache/client';

const [host = 'localhost', port = '21', user = 'anonymous', password = '', file] =
  process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts

const client = new Client();
resumeDataConnections(client.ftp);
await client.access({
  host,
  port: Number(port),
  user,
  password,
  secure: true,
  secureOptions: { ca },
});
for (let i = 0; i < 3; i++) console.log(`listed ${(await client.list()).length} files`);
client.close();
