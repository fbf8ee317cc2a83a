// The fields of a session as rows of a table: OpenSSL's name, what it says, and what it is for.

import { SESSION_FLAG_EXTENDED_MASTER_SECRET } from 'sesscache/asn1';
import type { Decoded } from './read.ts';
import { nameOfCipher, nameOfGroup, nameOfVersion } from './names.ts';
import { toHex } from '../lab/hex.ts';

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

export interface SecretRow {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly note: string;
}

const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const text = new TextDecoder();

export function rowsOf(session: Decoded): Row[] {
  const { flags, time, timeout, ticketLifetimeHint: hint } = session;
  const isExtended = (Number(flags ?? 0) & SESSION_FLAG_EXTENDED_MASTER_SECRET) !== 0;
  const rows: (Row | undefined)[] = [
    row('protocol version', nameOfVersion(session.protocolVersion), 'A session resumes under it only.'),
    row('cipher', nameOfCipher(session.cipher), 'The cipher suite that was agreed on.'),
    row('session id', bytes(session.id), 'What a TLS 1.2 client offers to resume it.'),
    row('session id context', bytes(session.sessionIdContext), 'Which service made it.'),
    row('time', at(time), 'When it was made.'),
    row('timeout', span(timeout), 'For how long the server may resume it.'),
    row('expires', end(time, timeout), 'Time plus timeout.'),
    row('flags', flags === undefined ? undefined : `${flags}${isExtended ? ', extended master secret' : ''}`, 'RFC 7627.'),
    row('ticket lifetime hint', span(hint), 'What the server said of its ticket.'),
    row('ticket age add', number(session.ticketAgeAdd), 'Hides the age of the ticket (RFC 8446 4.6.1).'),
    row('max early data', number(session.maxEarlyData), 'Bytes of 0-RTT data.'),
    row('server name', session.hostname && text.decode(session.hostname), 'The name the client asked for.'),
    row('alpn', session.alpn && text.decode(session.alpn), 'The application protocol.'),
    row('key exchange group', session.kexGroup === undefined ? undefined : nameOfGroup(session.kexGroup), 'The last key exchange.'),
    row('peer certificate', size(session.peer), 'The leaf; its chain is not in a session.'),
    row('peer raw public key', size(session.peerRawPublicKey), 'RFC 7250.'),
    row('verify result', number(session.verifyResult), 'X509_V_ERR of the peer; absent: verified.'),
    row('max fragment length', number(session.maxFragmentLengthMode), 'RFC 6066.'),
    row('compression', number(session.compressionMethod), 'Up to TLS 1.2.'),
    row('Node’s envelope', session.envelope && `for ${session.envelope.servername}`, 'Newer Node clients bind a session to a name.'),
  ]; // prettier-ignore
  return rows.filter((entry) => entry !== undefined);
}

export function secretRowsOf({ secrets, protocolVersion }: Decoded): SecretRow[] {
  const isTLS13 = protocolVersion === 0x0304;
  const rows: [string, Uint8Array | undefined, string][] = [
    [
      isTLS13 ? 'resumption secret' : 'master secret',
      secrets.masterKey,
      'Who has it reads the traffic.',
    ],
    ['ticket', secrets.ticket, 'The session, sealed by the server for itself.'],
    ['ticket application data', secrets.ticketAppData, 'Put there by the server’s application.'],
    ['psk identity', secrets.pskIdentity, 'Who the client said it is.'],
    ['srp username', secrets.srpUsername, 'Who the client said it is.'],
    ['key arg', secrets.keyArg, 'Of SSL 2.'],
  ];
  for (const { tag, content } of secrets.unknown) rows.push([`[${tag}]`, content, 'Not known.']);
  return rows.flatMap(([name, value, note]) => (value ? [{ name, bytes: value, note }] : []));
}

/** A field that is not there makes no row. */
function row(name: string, value: string | undefined, note: string): Row | undefined {
  return value === undefined ? undefined : { name, value, note };
}

function bytes(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.length === 0) return '(empty)';
  const printable = value.every((byte) => byte >= 0x20 && byte < 0x7f);
  return printable ? `${toHex(value)} “${text.decode(value)}”` : toHex(value);
}

function size(value: Uint8Array | undefined): string | undefined {
  return value && `${value.length.toLocaleString('en')} bytes of DER`;
}

function number(value: number | undefined): string | undefined {
  return value === undefined ? undefined : value.toLocaleString('en');
}

function at(seconds: number | bigint | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.valueOf()) ? String(seconds) : moment.format(date);
}

function span(seconds: number | bigint | undefined): string | undefined {
  return seconds === undefined ? undefined : `${seconds.toLocaleString('en')} s`;
}

function end(
  time: number | bigint | undefined,
  timeout: number | bigint | undefined,
): string | undefined {
  if (time === undefined || timeout === undefined) return undefined;
  return at(BigInt(time) + BigInt(timeout));
}
