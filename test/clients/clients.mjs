// The clients of the table, each as a program uses it that has never heard of sesscache. `load`
// resolves to a function that opens a connection, asks something over it, and closes it. Most take
// the options of TLS as a second argument, for trust.mjs.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import http2 from 'node:http2';

const ca = readFileSync(new URL('../fixtures/tls/rsa.cert.pem', import.meta.url));
const url = (port) => `https://localhost:${port}/`;

/** Of a plain proxy on the port that the environment names: see proxy of servers.mjs. */
const proxyUrl = () => `http://127.0.0.1:${process.env.PROXY_PORT}`;

// With NODE_EXTRA_CA_CERTS, so that nothing has to be configured.
const HTTP = {
  'https.Agent': {
    server: 'https',
    load: async () => async (port) => {
      const [response] = await once(https.get(url(port)), 'response');
      await once(response.resume(), 'close');
    },
  },
  fetch: {
    server: 'https',
    load: async () => async (port) => {
      const response = await fetch(url(port));
      await response.text();
    },
  },
  undici: {
    server: 'https',
    async load() {
      const { request } = await import('undici');
      return async (port) => {
        const { body } = await request(url(port));
        await body.text();
      };
    },
  },
  'undici ProxyAgent': {
    server: 'https',
    async load() {
      const { ProxyAgent, request } = await import('undici');
      const dispatcher = new ProxyAgent(proxyUrl());
      return async (port) => {
        const { body } = await request(url(port), { dispatcher });
        await body.text();
      };
    },
  },
  'https-proxy-agent': {
    server: 'https',
    async load() {
      const { HttpsProxyAgent } = await import('https-proxy-agent');
      const agent = new HttpsProxyAgent(proxyUrl());
      return async (port) => {
        const [response] = await once(https.get(url(port), { agent }), 'response');
        await once(response.resume(), 'close');
      };
    },
  },
  axios: {
    server: 'https',
    async load() {
      const { default: axios } = await import('axios');
      return (port) => axios.get(url(port));
    },
  },
  got: {
    server: 'https',
    async load() {
      const { got } = await import('got');
      return (port) => got(url(port)).text();
    },
  },
  ky: {
    server: 'https',
    async load() {
      const { default: ky } = await import('ky');
      return (port) => ky(url(port)).text();
    },
  },
  'node-fetch': {
    server: 'https',
    async load() {
      const { default: nodeFetch } = await import('node-fetch');
      return async (port) => (await nodeFetch(url(port))).text();
    },
  },
  superagent: {
    server: 'https',
    async load() {
      const { default: superagent } = await import('superagent');
      return (port) => superagent.get(url(port)).ca(ca);
    },
  },
  'http2.connect': {
    server: 'http2',
    load: async () => async (port, options) => {
      const session = http2.connect(url(port), options);
      const failed = once(session, 'error').then(([error]) => Promise.reject(error));
      await Promise.race([once(session, 'connect'), failed]);
      failed.catch(() => {});
      const stream = session.request({ ':path': '/' });
      await once(stream.resume(), 'close');
      session.close();
      await once(session, 'close');
    },
  },
  '@grpc/grpc-js': {
    server: 'grpc',
    async load() {
      const { default: grpc } = await import('@grpc/grpc-js');
      const asIs = (bytes) => bytes;
      const usual = { ca };
      const made = new Map(); // one secure context for all connections
      const credentialsOf = (options) => {
        if (!made.has(options)) {
          const { ca: roots, ...rest } = options;
          const pem = roots ? Buffer.from(roots) : null;
          made.set(options, grpc.credentials.createSsl(pem, null, null, rest));
        }
        return made.get(options);
      };
      return (port, trust = usual) =>
        new Promise((resolve, reject) => {
          const credentials = credentialsOf(trust);
          const options = { 'grpc.use_local_subchannel_pool': 1 };
          const client = new grpc.Client(`localhost:${port}`, credentials, options);
          client.makeUnaryRequest('/test/ask', asIs, asIs, Buffer.from('x'), (error) => {
            client.close();
            if (error) reject(error);
            else resolve();
          });
        });
    },
  },
  ws: {
    server: 'ws',
    async load() {
      const { WebSocket } = await import('ws');
      return async (port, options = { ca }) => {
        const socket = new WebSocket(`wss://localhost:${port}/`, {
          ...options,
          perMessageDeflate: { threshold: 1 },
          finishRequest: (request) => request.end(),
        });
        await once(socket, 'message');
        socket.close();
        await once(socket, 'close');
      };
    },
  },
  'socket.io-client': {
    server: 'socket.io',
    async load() {
      const { io } = await import('socket.io-client');
      return async (port) => {
        const options = { ca, forceNew: true, transports: ['websocket'] };
        const socket = io(url(port), options);
        await new Promise((resolve) => socket.once('hello', resolve));
        socket.close();
      };
    },
  },
};

const DATABASES = {
  pg: { server: 'postgres (fake)', load: loadPg },
  'pg, real server': { server: 'PostgreSQL', load: loadPg },
  mysql2: {
    server: 'MariaDB',
    async load() {
      const { createConnection } = await import('mysql2/promise');
      const user = { user: 'test', password: 'test' };
      const ssl = { ca }; // one object, as a pool has it: mysql2 keeps a session beside it
      return async (port, options = ssl) => {
        const connection = await createConnection({
          host: 'localhost',
          port,
          ...user,
          ssl: options,
        });
        await connection.query('SELECT 1');
        await connection.end();
      };
    },
  },
  ioredis: {
    server: 'Redis',
    async load() {
      const { Redis } = await import('ioredis');
      return async (port, options = { ca }) => {
        const retryStrategy = () => null;
        const client = new Redis({ host: 'localhost', port, tls: options, retryStrategy, lazyConnect: true }); // prettier-ignore
        const failed = once(client, 'error').then(([error]) => Promise.reject(error));
        failed.catch(() => {});
        await Promise.race([client.connect().then(() => client.ping()), failed]);
        await client.quit();
      };
    },
  },
  redis: {
    server: 'Redis',
    async load() {
      const { createClient } = await import('redis');
      return async (port, options = { ca }) => {
        const socket = { ...options, reconnectStrategy: false };
        const client = createClient({ url: `rediss://localhost:${port}`, socket });
        client.on('error', () => {});
        await client.connect();
        await client.ping();
        await client.close();
      };
    },
  },
  mongodb: {
    server: 'MongoDB (fake)',
    async load() {
      const { MongoClient } = await import('mongodb');
      return async (port, options = { ca }) => {
        const address = `mongodb://localhost:${port}/?directConnection=true`;
        const impatient = { serverSelectionTimeoutMS: 3000 };
        const client = new MongoClient(address, { tls: true, ...options, ...impatient });
        try {
          await client.db('test').command({ ping: 1 });
        } finally {
          await client.close();
        }
      };
    },
  },
  tedious: {
    server: 'TDS 8 (fake)',
    async load() {
      const { Connection } = await import('tedious');
      return (port) =>
        new Promise((resolve, reject) => {
          const connection = new Connection({
            server: 'localhost',
            authentication: { type: 'default', options: { userName: 'x', password: 'x' } },
            options: { port, encrypt: 'strict', cryptoCredentialsDetails: { ca } },
          });
          connection.connect((error) => (error ? reject(error) : connection.close()));
          connection.on('end', resolve);
        });
    },
  },
  ldapts: { server: 'LDAP (fake)', load: loadLdapts },
  'ldapts, real server': { server: 'slapd', load: loadLdapts },
};

async function loadPg() {
  const { default: pg } = await import('pg');
  const user = { user: 'test', password: 'test', database: 'postgres' };
  return async (port, options = { ca }) => {
    const client = new pg.Client({ host: 'localhost', port, ...user, ssl: { ...options } });
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
  };
}

async function loadLdapts() {
  const { Client } = await import('ldapts');
  return async (port, options = { ca }) => {
    const client = new Client({ url: `ldaps://localhost:${port}`, tlsOptions: options });
    await client.bind('', '');
    await client.unbind();
  };
}

const BROKERS = {
  mqtt: {
    server: 'Mosquitto',
    async load() {
      const { default: mqtt } = await import('mqtt');
      return async (port, options = { ca }) => {
        const only = { ...options, reconnectPeriod: 0 };
        const client = await mqtt.connectAsync(`mqtts://localhost:${port}`, only, false);
        await client.subscribeAsync('test');
        await client.endAsync();
      };
    },
  },
  amqplib: {
    server: 'AMQP (fake)',
    async load() {
      const { default: amqp } = await import('amqplib');
      return async (port, options = { ca }) => {
        const connection = await amqp.connect(`amqps://localhost:${port}`, options);
        await connection.close();
      };
    },
  },
  kafkajs: {
    server: 'Kafka (fake)',
    async load() {
      const { default: kafkajs } = await import('kafkajs');
      return async (port, options = { ca }) => {
        const brokers = [`localhost:${port}`];
        const kafka = new kafkajs.Kafka({ clientId: 'test', brokers, ssl: options, logLevel: 0, retry: { retries: 0 } }); // prettier-ignore
        const admin = kafka.admin();
        await admin.connect();
        await admin.disconnect();
      };
    },
  },
};

const MAIL = {
  'nodemailer SMTPS': { server: 'SMTPS', load: () => loadNodemailer({ secure: true }) },
  'nodemailer STARTTLS': {
    server: 'SMTP with STARTTLS',
    load: () => loadNodemailer({ secure: false, requireTLS: true }),
  },
  'imapflow IMAPS': { server: 'IMAPS (fake)', load: () => loadImapflow({ secure: true }) },
  'imapflow STARTTLS': {
    server: 'IMAP with STARTTLS (fake)',
    load: () => loadImapflow({ secure: false, doSTARTTLS: true }),
  },
};

async function loadNodemailer(options) {
  const { default: nodemailer } = await import('nodemailer');
  return async (port, trust = { ca }) => {
    const transport = nodemailer.createTransport({
      host: 'localhost',
      port,
      ...options,
      tls: trust,
    });
    await transport.sendMail({ from: 'a@localhost', to: 'b@localhost', text: 'hello' });
    transport.close();
  };
}

async function loadImapflow(options) {
  const { ImapFlow } = await import('imapflow');
  const auth = { user: 'test', pass: 'test' };
  return async (port, trust = { ca }) => {
    const client = new ImapFlow({ host: 'localhost', port, ...options, auth, tls: trust, logger: false }); // prettier-ignore
    client.on('error', () => {});
    await client.connect();
    await client.logout();
  };
}

export const CLIENTS = { ...HTTP, ...DATABASES, ...BROKERS, ...MAIL };
