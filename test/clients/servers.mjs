// The servers of the clients of the table, started when they are needed.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readCertificate } from '../../examples/certificates.js';
import * as fakes from './fakes.mjs';
import * as programs from './programs.mjs';

export const path = (name) => fileURLToPath(new URL(name, import.meta.url));
export const run = promisify(execFile);

const fake = (make) => async (version) => {
  const only = { minVersion: version, maxVersion: version };
  return fakes.listen(await make({ ...readCertificate('rsa'), ...only }));
};

const SERVERS = {
  https: fake(fakes.fakeHttps),
  http2: fake(fakes.fakeHttp2),
  grpc: fake(fakes.fakeGrpc),
  ws: fake(fakes.wsServer),
  'socket.io': fake(fakes.socketIoServer),
  'postgres (fake)': fake(fakes.fakePostgres),
  'MongoDB (fake)': fake(fakes.fakeMongo),
  'TDS 8 (fake)': fake(fakes.fakeTds),
  'LDAP (fake)': fake(fakes.fakeLdap),
  'AMQP (fake)': fake(fakes.fakeAmqp),
  'Kafka (fake)': fake(fakes.fakeKafka),
  'IMAPS (fake)': fake(fakes.fakeImaps),
  'IMAP with STARTTLS (fake)': fake(fakes.fakeImapStartTls),
  SMTPS: fake(fakes.smtp(true)),
  'SMTP with STARTTLS': fake(fakes.smtp(false)),
  Redis: programs.redis,
  PostgreSQL: programs.postgres,
  MariaDB: programs.mariadb,
  Mosquitto: programs.mosquitto,
  slapd: programs.slapd,
};

const ports = new Map();
/** The port of a server that speaks one version. */
export function portOf(server, version) {
  const name = `${server} ${version}`;
  if (!ports.has(name)) ports.set(name, SERVERS[server](version));
  return ports.get(name);
}
