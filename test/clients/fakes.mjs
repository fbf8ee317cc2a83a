// Servers that say as much of a protocol as a client needs to connect and to go. The handshakes are
// Node's. Each takes the options of a TLS server, and resolves to the server that listens.

import { createServer as createTcp, connect as connectTcp } from 'node:net';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import tls from 'node:tls';

/** A TLS server that hands each chunk to `answer`, which returns what to write, or nothing. */
function conversation(settings, greeting, makeAnswer) {
  return tls.createServer(settings, (socket) => talk(socket, greeting, makeAnswer()));
}

function talk(socket, greeting, answer) {
  socket.on('error', () => {});
  if (greeting) socket.write(greeting);
  socket.on('data', (chunk) => {
    const reply = answer(chunk, socket);
    if (reply) socket.write(reply);
  });
}

/** Takes messages out of chunks; `lengthOf` says how long the first one is, once it is known. */
function framed(lengthOf, answer) {
  let waiting = Buffer.alloc(0);
  return (chunk, socket) => {
    waiting = Buffer.concat([waiting, chunk]);
    const replies = [];
    for (;;) {
      const length = lengthOf(waiting);
      if (length === undefined || waiting.length < length) break;
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      const reply = answer(message, socket);
      if (reply) replies.push(reply);
    }
    return Buffer.concat(replies);
  };
}

// ---- HTTP ----

export function fakeHttps(settings) {
  return https.createServer(settings, (_, response) => {
    response.setHeader('connection', 'close');
    response.end('hello');
  });
}

export function fakeHttp2(settings) {
  return http2.createSecureServer(settings, (_, response) => response.end('hello'));
}

export function fakeGrpc(settings) {
  const server = http2.createSecureServer(settings);
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.resume();
    stream.end(Buffer.from([0, 0, 0, 0, 1, 120])); // not compressed, one byte
  });
  return server;
}

export async function wsServer(settings) {
  const { WebSocketServer } = await import('ws');
  const server = https.createServer(settings);
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('hello'));
  return server;
}

export async function socketIoServer(settings) {
  const { Server } = await import('socket.io');
  const server = https.createServer(settings);
  new Server(server).on('connection', (socket) => socket.emit('hello'));
  return server;
}

/** A proxy without TLS, which knows CONNECT. */
export function proxy() {
  const server = http.createServer();
  server.on('connect', ({ url }, client) => {
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connectTcp(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) socket.on('error', () => {});
  });
  return server;
}

// ---- Databases ----

/** PostgreSQL's messages: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export function fakePostgres(settings) {
  const message = (type, ...parts) => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeUInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const ready = message('Z', Buffer.from('I'));
  const context = tls.createSecureContext(settings);
  return createTcp((raw) => {
    raw.on('error', () => {});
    raw.once('data', () => {
      raw.write('S'); // SSLRequest: yes
      const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: context });
      let isStarted = false;
      const lengthOf = (bytes) => {
        const at = isStarted ? 1 : 0;
        return bytes.length < at + 4 ? undefined : at + bytes.readUInt32BE(at);
      };
      const answer = (bytes) => {
        if (!isStarted) {
          isStarted = true;
          return Buffer.concat([message('R', Buffer.alloc(4)), ready]); // AuthenticationOk
        }
        if (bytes[0] !== 0x51) return undefined; // Query
        return Buffer.concat([message('C', Buffer.from('SELECT 0\0')), ready]);
      };
      talk(socket, '', framed(lengthOf, answer));
    });
  });
}

/** MongoDB's OP_MSG: a hello that says little, and ok for all the rest. */
export async function fakeMongo(settings) {
  const { BSON } = await import('mongodb');
  const hello = {
    ok: 1,
    isWritablePrimary: true,
    helloOk: true,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
  };
  const OP_MSG = 2013;
  const OP_REPLY = 1;
  const lengthOf = (bytes) => (bytes.length < 4 ? undefined : bytes.readInt32LE(0));
  const answer = (message) => {
    const document = BSON.serialize(hello);
    const isMessage = message.readInt32LE(12) === OP_MSG;
    const lead = isMessage ? Buffer.alloc(5) : Buffer.alloc(20);
    if (!isMessage) lead.writeInt32LE(1, 16); // one document
    const head = Buffer.alloc(16);
    head.writeInt32LE(16 + lead.length + document.length, 0);
    head.writeInt32LE(message.readInt32LE(4), 8);
    head.writeInt32LE(isMessage ? OP_MSG : OP_REPLY, 12);
    return Buffer.concat([head, lead, document]);
  };
  return conversation(settings, '', () => framed(lengthOf, answer));
}

/** TDS 8: TLS first; then PRELOGIN, LOGIN7 and what follows, each answered by one packet. */
export function fakeTds(settings) {
  const packet = (payload) => {
    const head = Buffer.alloc(8);
    head[0] = 4; // tabular result
    head[1] = 1; // the last one
    head.writeUInt16BE(payload.length + 8, 2);
    return Buffer.concat([head, payload]);
  };
  const LOGIN7 = 0x10;
  const PRELOGIN = Buffer.from('00000b000601001100 01ff0f0000000000 02'.replaceAll(' ', ''), 'hex');
  const name = Buffer.from('SQL', 'utf16le');
  const lengthOf = (bytes) => (bytes.length < 4 ? undefined : bytes.readUInt16BE(2));
  const answer = (message) => {
    if (message[0] === 0x12) return packet(PRELOGIN); // the type of both
    const ack = Buffer.concat([
      Buffer.from([1, 0x08, 0, 0, 0, name.length / 2]), // interface, TDS version, name
      name,
      Buffer.from([16, 0, 0, 0]),
    ]);
    const done = Buffer.alloc(13);
    done[0] = 0xfd;
    if (message[0] !== LOGIN7) return packet(done);
    const length = Buffer.alloc(3);
    length[0] = 0xad; // LOGINACK
    length.writeUInt16LE(ack.length, 1);
    return packet(Buffer.concat([length, ack, done]));
  };
  return conversation({ ...settings, ALPNProtocols: ['tds/8.0'] }, '', () => framed(lengthOf, answer)); // prettier-ignore
}

/** LDAP: success for every bind. Short messages alone, whose lengths are one byte. */
export function fakeLdap(settings) {
  const lengthOf = (bytes) => (bytes.length < 2 ? undefined : bytes[1] + 2);
  const answer = (message, socket) => {
    const idEnd = 4 + message[3];
    if (message[idEnd] === 0x42) return void socket.end(); // unbind
    const result = Buffer.from([0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0]);
    const body = Buffer.concat([message.subarray(2, idEnd), result]);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  };
  return conversation(settings, '', () => framed(lengthOf, answer));
}

// ---- Brokers ----

/** AMQP 0-9-1: the methods of a connection that opens and closes. */
export function fakeAmqp(settings) {
  const method = (number, ...parts) => {
    const payload = Buffer.concat([Buffer.from([0, 10, 0, number]), ...parts]);
    const head = Buffer.alloc(7);
    head[0] = 1;
    head.writeUInt32BE(payload.length, 3);
    return Buffer.concat([head, payload, Buffer.from([0xce])]);
  };
  const longText = (text) => {
    const bytes = Buffer.alloc(4 + text.length);
    bytes.writeUInt32BE(text.length);
    bytes.write(text, 4);
    return bytes;
  };
  const start = method(10, Buffer.from([0, 9, 0, 0, 0, 0]), longText('PLAIN'), longText('en_US'));
  const tune = method(30, Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]));
  const lengthOf = (bytes) => {
    if (bytes.toString('latin1', 0, 4) === 'AMQP') return 8;
    return bytes.length < 7 ? undefined : 8 + bytes.readUInt32BE(3);
  };
  const answer = (frame) => {
    if (frame[0] === 0x41) return start;
    if (frame[0] !== 1) return undefined;
    const number = frame.readUInt16BE(9);
    if (number === 11) return tune;
    if (number === 40) return method(41, Buffer.from([0]));
    if (number === 50) return method(51);
    return undefined;
  };
  return conversation(settings, '', () => framed(lengthOf, answer));
}

/** Kafka: ApiVersions, which says that there is nothing else, and Metadata of no topics. */
export function fakeKafka(settings) {
  const API_VERSIONS = 18;
  const lengthOf = (bytes) => (bytes.length < 4 ? undefined : 4 + bytes.readInt32BE(0));
  const answer = (request) => {
    const version = request.readInt16BE(6);
    const parts = [];
    const int = (value, size) => {
      const bytes = Buffer.alloc(size);
      bytes.writeIntBE(value, 0, size);
      parts.push(bytes);
    };
    int(request.readInt32BE(8), 4); // correlation
    if (request.readInt16BE(4) === API_VERSIONS) {
      int(0, 2);
      int(2, 4);
      for (const [key, least, most] of [[API_VERSIONS, 0, 2], [3, 0, 0]]) for (const value of [key, least, most]) int(value, 2); // prettier-ignore
      if (version > 0) int(0, 4);
    } else {
      int(0, 4); // no brokers
      int(0, 4); // no topics
    }
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(4);
    head.writeInt32BE(body.length);
    return Buffer.concat([head, body]);
  };
  return conversation(settings, '', () => framed(lengthOf, answer));
}

// ---- Mail ----

const lengthOfLine = (bytes) => {
  const end = bytes.indexOf('\n');
  return end < 0 ? undefined : end + 1;
};

/** IMAP: yes to everything. */
const answerImap = (line, socket) => {
  const [tag, command = ''] = line.toString('latin1').trim().split(' ');
  if (/^logout$/i.test(command)) {
    socket.end(`* BYE\r\n${tag} OK\r\n`);
    return undefined;
  }
  const untagged = /^capability$/i.test(command) ? '* CAPABILITY IMAP4rev1\r\n' : '';
  return Buffer.from(`${untagged}${tag} OK done\r\n`);
};

export function fakeImaps(settings) {
  const greeting = '* OK [CAPABILITY IMAP4rev1] hello\r\n';
  return conversation(settings, greeting, () => framed(lengthOfLine, answerImap));
}

export function fakeImapStartTls(settings) {
  const context = tls.createSecureContext(settings);
  return createTcp((raw) => {
    raw.on('error', () => {});
    raw.write('* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n');
    const plain = framed(lengthOfLine, (line) => {
      if (!/ starttls/i.test(line.toString('latin1'))) return answerImap(line, raw);
      raw.write(`${line.toString('latin1').split(' ')[0]} OK begin\r\n`);
      raw.off('data', onData);
      const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: context });
      talk(socket, '', framed(lengthOfLine, answerImap));
      return undefined;
    });
    const onData = (chunk) => {
      const reply = plain(chunk);
      if (reply.length > 0) raw.write(reply);
    };
    raw.on('data', onData);
  });
}

export const smtp = (secure) => async (settings) => {
  const { SMTPServer } = await import('smtp-server');
  const server = new SMTPServer({
    ...settings,
    secure,
    authOptional: true,
    onData: (stream, _, done) => stream.on('end', done).resume(),
  });
  server.on('error', () => {}); // clients that break off
  return server.server;
};

/** Starts a server; resolves to its port. The process ends with it open. */
export async function listen(server) {
  server.on('error', () => {});
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
