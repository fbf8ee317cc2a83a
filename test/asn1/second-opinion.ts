// The fields of a session by asn1js, which knows DER and nothing of this codec.

import { Constructed, fromBER, Integer, OctetString, Sequence } from 'asn1js';
import type { AsnType } from 'asn1js';
import type { SessionFields, SessionSecrets } from '../../bindings/asn1/index.ts';
import { hexOf } from '../support/bytes.ts';

/** Fields by tag, those without one by -1 to -5: integers as such, all else in hexadecimal. */
export type Opinion = Record<number, bigint | string>;

/** What asn1js sees in `bytes`; undefined if it does not take all of them. */
export function byAsn1js(bytes: Uint8Array): Opinion | undefined {
  const { offset, result } = fromBER(bytes);
  if (offset !== bytes.length || !(result instanceof Sequence)) return undefined;
  const opinion: Opinion = {};
  for (const [index, field] of result.valueBlock.value.entries()) {
    const { tagClass, tagNumber } = field.idBlock;
    if (tagClass !== 3) opinion[-1 - index] = valueOf(field);
    else if (field instanceof Constructed && tagNumber <= 20) {
      const [inner] = field.valueBlock.value;
      opinion[tagNumber] = inner ? valueOf(inner) : '';
    } else opinion[tagNumber] = rawContent(field);
  }
  return opinion;
}

/** The same of what the codec decoded. */
export function byCodec(fields: SessionFields & { secrets: SessionSecrets }): Opinion {
  const { secrets } = fields;
  const all: (number | bigint | Uint8Array | undefined)[] = [
    secrets.keyArg,
    fields.time,
    fields.timeout,
    fields.peer,
    fields.sessionIdContext,
    fields.verifyResult,
    fields.hostname,
    fields.pskIdentityHint,
    secrets.pskIdentity,
    fields.ticketLifetimeHint,
    secrets.ticket,
    fields.compressionMethod === undefined ? undefined : Uint8Array.of(fields.compressionMethod),
    secrets.srpUsername,
    fields.flags,
    fields.ticketAgeAdd,
    fields.maxEarlyData,
    fields.alpn,
    fields.maxFragmentLengthMode,
    secrets.ticketAppData,
    fields.kexGroup,
    fields.peerRawPublicKey,
  ];
  const opinion: Opinion = {
    [-1]: 1n,
    [-2]: BigInt(fields.protocolVersion),
    [-3]: hexOf(Uint8Array.of(fields.cipher >> 8, fields.cipher)),
    [-4]: hexOf(fields.id),
    [-5]: hexOf(secrets.masterKey),
  };
  for (const [tag, value] of all.entries()) {
    if (value === undefined) continue;
    opinion[tag] = value instanceof Uint8Array ? hexOf(value) : BigInt(value);
  }
  for (const { tag, content } of secrets.unknown) opinion[tag] = hexOf(content);
  return opinion;
}

function valueOf(element: AsnType): bigint | string {
  if (element instanceof Integer) return element.toBigInt();
  if (element instanceof OctetString) return hexOf(element.valueBlock.valueHexView);
  return hexOf(element.valueBeforeDecodeView);
}

function rawContent(field: AsnType): string {
  const whole = field.valueBeforeDecodeView;
  return hexOf(whole.subarray(whole.length - field.lenBlock.length));
}
