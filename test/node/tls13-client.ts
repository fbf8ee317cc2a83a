// A client of TLS 1.3 that the tests have in their hands, message by message (RFC 8446): it can say
// another server name after a HelloRetryRequest, which no client of others can. It verifies
// nothing.

import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto'; // prettier-ignore
import { once } from 'node:events';
import { connect } from 'node:net';

/** A session that the server has given. */
export interface Psk {
  identity: Buffer;
  secret: Buffer;
  ageAdd: number;
}

export interface Tls13Options {
  servername: string;
  /** The name in the second hello, after a HelloRetryRequest. */
  secondName?: string;
  psk?: Psk;
  /** PSK key exchange modes of the first hello; those of the second are [1], psk_dhe_ke. */
  modes?: number[];
  /** Whether the first hello offers the session. Default: true. */
  offersFirst?: boolean;
}

export interface Tls13Outcome {
  /** The server sent a HelloRetryRequest. */
  retried: boolean;
  /** What the server sent. */
  text: string;
  resumed: boolean;
  /** From NewSessionTicket messages. */
  sessions: Psk[];
}

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const NEW_SESSION_TICKET = 4;
const CERTIFICATE_REQUEST = 13;
const FINISHED = 20;
const X25519 = 29;
const P256 = 23;
const RETRY = createHash('sha256').update('HelloRetryRequest').digest();

const u8 = (n: number): Buffer => Buffer.of(n);
const u16 = (n: number): Buffer => Buffer.of(n >> 8, n & 255);
const u24 = (n: number): Buffer => Buffer.of(n >> 16, (n >> 8) & 255, n & 255);
const with16 = (...parts: Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([u16(bytes.length), bytes]);
};
const sha256 = (...parts: Buffer[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), with16(body)]);
const message = (type: number, body: Buffer): Buffer =>
  Buffer.concat([u8(type), u24(body.length), body]);

function expand(secret: Buffer, label: string, context: Buffer, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([u16(length), u8(name.length), name, u8(context.length), context, u8(1)]); // prettier-ignore
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

const extract = (salt: Buffer, secret: Buffer): Buffer =>
  createHmac('sha256', salt).update(secret).digest();

/** The records of one direction, under one traffic secret. */
class Keys {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor(secret: Buffer) {
    this.#key = expand(secret, 'key', Buffer.alloc(0), 16);
    this.#iv = expand(secret, 'iv', Buffer.alloc(0), 12);
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    return nonce;
  }

  seal(type: number, content: Buffer): Buffer {
    const header = Buffer.concat([u8(APPLICATION_DATA), u16(0x0303), u16(content.length + 17)]);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#nonce()).setAAD(header);
    const sealed = [cipher.update(content), cipher.update(u8(type)), cipher.final()];
    return Buffer.concat([header, ...sealed, cipher.getAuthTag()]);
  }

  open(header: Buffer, body: Buffer): { type: number; content: Buffer } {
    const cipher = createDecipheriv('aes-128-gcm', this.#key, this.#nonce()).setAAD(header);
    cipher.setAuthTag(body.subarray(-16));
    const plain = Buffer.concat([cipher.update(body.subarray(0, -16)), cipher.final()]);
    let end = plain.length;
    while (plain[end - 1] === 0) end--;
    return { type: plain[end - 1]!, content: plain.subarray(0, end - 1) };
  }
}

/** Connects, reads until the server closes, and says what happened. */
export async function connectTls13(port: number, options: Tls13Options): Promise<Tls13Outcome> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setTimeout(5000, () => socket.destroy(new Error('the server did not answer')));
  const bytes = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let buffer = Buffer.alloc(0);
  let keys: Keys | undefined;

  const readRecord = async (): Promise<{ type: number; content: Buffer } | undefined> => {
    for (;;) {
      const length = buffer.length < 5 ? Infinity : 5 + buffer.readUInt16BE(3);
      if (buffer.length >= length) {
        const [header, body] = [buffer.subarray(0, 5), buffer.subarray(5, length)];
        buffer = buffer.subarray(length);
        const type = header[0]!;
        if (type === 20) continue; // ChangeCipherSpec
        if (keys && type === APPLICATION_DATA) return keys.open(header, body);
        return { type, content: body };
      }
      const { value, done } = await bytes.next();
      if (done) return undefined;
      buffer = Buffer.concat([buffer, value]);
    }
  };
  let messages = Buffer.alloc(0);
  const readMessage = async (): Promise<Buffer> => {
    for (;;) {
      const length = messages.length < 4 ? Infinity : 4 + messages.readUIntBE(1, 3);
      if (messages.length >= length) {
        const found = messages.subarray(0, length);
        messages = messages.subarray(length);
        return found;
      }
      const record = await readRecord();
      if (record?.type !== HANDSHAKE) throw new Error(`the server ended the handshake: ${record?.content.toString('hex')}`); // prettier-ignore
      messages = Buffer.concat([messages, record.content]);
    }
  };

  let transcript: Buffer[] = [];
  const random = randomBytes(32);
  const legacyId = randomBytes(32);
  const x25519 = generateKeyPairSync('x25519');
  const rawX25519 = x25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const p256 = createECDH('prime256v1');
  const rawP256 = p256.generateKeys();
  const { psk } = options;
  const early = extract(Buffer.alloc(32), psk?.secret ?? Buffer.alloc(32));
  const binderKey = expand(
    expand(early, 'res binder', sha256(), 32),
    'finished',
    Buffer.alloc(0),
    32,
  );
  const hello = (servername: string, group: number, cookie?: Buffer): Buffer => {
    const name = Buffer.from(servername);
    const share = group === X25519 ? rawX25519 : rawP256;
    const modes = (cookie ?? group === P256) ? [1] : (options.modes ?? [1]);
    const offers = psk && (group === P256 || options.offersFirst !== false);
    const extensions = [
      extension(0, with16(u8(0), with16(name))),
      extension(10, with16(u16(X25519), u16(P256))),
      extension(13, with16(u16(0x0804), u16(0x0403), u16(0x0401))),
      extension(43, Buffer.concat([u8(2), u16(0x0304)])),
      extension(45, Buffer.from([modes.length, ...modes])),
      extension(51, with16(u16(group), with16(share))),
      ...(cookie ? [extension(44, cookie)] : []),
      ...(offers ? [extension(41, Buffer.concat([identities(psk), with16(u8(32), Buffer.alloc(32))]))] : []), // prettier-ignore
    ];
    const body = [
      u16(0x0303), random, u8(32), legacyId, with16(u16(0x1301)), Buffer.from([1, 0]),
      with16(...extensions),
    ]; // prettier-ignore
    const whole = message(CLIENT_HELLO, Buffer.concat(body));
    if (offers) {
      // The binder is over all that precedes the binders.
      const upTo = Buffer.concat([...transcript, whole.subarray(0, -35)]);
      createHmac('sha256', binderKey)
        .update(sha256(upTo))
        .digest()
        .copy(whole, whole.length - 32);
    }
    return whole;
  };
  const sendPlain = (content: Buffer): void => {
    socket.write(Buffer.concat([u8(HANDSHAKE), u16(0x0303), with16(content)]));
  };

  transcript = [hello(options.servername, X25519)];
  sendPlain(transcript[0]!);
  let serverHello = await readMessage();
  const retried = serverHello.subarray(6, 38).equals(RETRY);
  if (retried) {
    const group = extensionIn(serverHello, 51)!.readUInt16BE();
    transcript = [message(254, sha256(transcript[0]!)), serverHello];
    const second = hello(options.secondName ?? options.servername, group, extensionIn(serverHello, 44)); // prettier-ignore
    transcript.push(second);
    sendPlain(second);
    serverHello = await readMessage();
  }
  if (serverHello[0] !== SERVER_HELLO) throw new Error('no ServerHello');
  transcript.push(serverHello);
  const share = extensionIn(serverHello, 51)!;
  const theirs = share.subarray(4);
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), theirs]);
  const shared =
    share.readUInt16BE() === P256
      ? p256.computeSecret(theirs)
      : diffieHellman({
          privateKey: x25519.privateKey,
          publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }), // prettier-ignore
        });

  const zeros = Buffer.alloc(32);
  const empty = sha256();
  const resumed = extensionIn(serverHello, 41) !== undefined;
  const earlySecret = resumed ? early : extract(zeros, zeros);
  const handshake = extract(expand(earlySecret, 'derived', empty, 32), shared);
  const hash = (): Buffer => sha256(...transcript);
  const [clientSecret, serverSecret] = ['c hs traffic', 's hs traffic'].map((label) =>
    expand(handshake, label, hash(), 32),
  ) as [Buffer, Buffer];
  keys = new Keys(serverSecret);
  let asksForCertificate = false;
  for (;;) {
    const next = await readMessage();
    transcript.push(next);
    if (next[0] === CERTIFICATE_REQUEST) asksForCertificate = true;
    if (next[0] === FINISHED) break;
  }
  const master = extract(expand(handshake, 'derived', empty, 32), zeros);
  const serverData = new Keys(expand(master, 's ap traffic', hash(), 32));
  const clientKeys = new Keys(clientSecret);
  if (asksForCertificate) {
    const none = message(11, Buffer.from([0, 0, 0, 0]));
    transcript.push(none);
    socket.write(clientKeys.seal(HANDSHAKE, none));
  }
  const verify = expand(clientSecret, 'finished', Buffer.alloc(0), 32);
  const finished = message(FINISHED, createHmac('sha256', verify).update(hash()).digest());
  socket.write(clientKeys.seal(HANDSHAKE, finished));
  transcript.push(finished);
  const resumption = expand(master, 'res master', hash(), 32);
  keys = serverData;

  let text = '';
  const sessions: Psk[] = [];
  for (;;) {
    const record = await readRecord().catch(() => undefined);
    if (record === undefined || record.type === 21) break;
    if (record.type === APPLICATION_DATA) text += record.content.toString();
    else if (record.type === HANDSHAKE) {
      for (let at = 0; at < record.content.length; at += 4 + record.content.readUIntBE(at + 1, 3)) {
        if (record.content[at] !== NEW_SESSION_TICKET) continue;
        const ticket = record.content.subarray(at + 4);
        const nonce = ticket.subarray(9, 9 + ticket[8]!);
        const from = 9 + nonce.length + 2;
        const identity = ticket.subarray(from, from + ticket.readUInt16BE(from - 2));
        const secret = expand(resumption, 'resumption', nonce, 32);
        sessions.push({ identity, secret, ageAdd: ticket.readUInt32BE(4) });
      }
    }
  }
  socket.destroy();
  return { retried, resumed, text, sessions };
}

function identities({ identity, ageAdd }: Psk): Buffer {
  const age = Buffer.alloc(4);
  age.writeUInt32BE((ageAdd + 10) >>> 0);
  return with16(with16(identity), age);
}

/** The body of an extension of a ServerHello. */
function extensionIn(hello: Buffer, wanted: number): Buffer | undefined {
  let at = 4 + 2 + 32;
  at += 1 + hello[at]! + 2 + 1;
  const end = at + 2 + hello.readUInt16BE(at);
  for (at += 2; at < end;) {
    const length = hello.readUInt16BE(at + 2);
    if (hello.readUInt16BE(at) === wanted) return hello.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}
