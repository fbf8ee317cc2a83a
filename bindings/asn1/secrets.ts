// The secret fields of a session, in private fields: console.log, JSON, a copy by spread and
// structuredClone neither show nor copy them.

import { checkBoolean, checkBytes, checkInteger, checkObject, wipeBytes, wrongType } from '../checks.ts'; // prettier-ignore
import { FIRST_UNKNOWN, LENGTH_MAX, MASTER_KEY_MAX } from './fields.ts';

/** A field that this version does not know, after [20] of SSL_SESSION_ASN1. */
export interface UnknownField {
  /** Number of its context tag, 21..2^28-1. Fields are in ascending order of it. */
  readonly tag: number;
  /** Whether its content consists of DER elements. */
  readonly constructed: boolean;
  /** Its content, not parsed. */
  readonly content: Uint8Array;
}

/** The argument of {@link SessionSecrets}. */
export interface SecretFields {
  /** The master secret up to TLS 1.2, the resumption secret in TLS 1.3; up to 512 bytes. */
  masterKey: Uint8Array;
  /** [0] Of SSL 2. OpenSSL skips it and no longer writes it. */
  keyArg?: Uint8Array | undefined;
  /** [8] The identity of the client, for ciphers with a pre-shared key. */
  pskIdentity?: Uint8Array | undefined;
  /** [10] The ticket that the server issued to this client. */
  ticket?: Uint8Array | undefined;
  /** [12] The user name of the client, in SRP. */
  srpUsername?: Uint8Array | undefined;
  /** [18] The data that the application of the server put into its ticket. */
  ticketAppData?: Uint8Array | undefined;
  /** Fields that this version does not know. Each may be a secret. */
  unknown?: readonly UnknownField[] | undefined;
}

const TAG_MAX = 0x0fffffff;
const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * The secrets of a session: `decodeSession(bytes, { secrets: true }).secrets`. Only its getters
 * return the bytes. It keeps the arrays that it is made of, without copying them.
 *
 * Source: the fields `master_key`, [0], [8], [10], [12], [18] and above [20] of SSL_SESSION_ASN1,
 * OpenSSL ssl/ssl_asn1.c.
 */
export class SessionSecrets {
  #fields: SecretFields | undefined;

  constructor(fields: SecretFields) {
    checkObject(fields, 'secrets');
    const { masterKey, keyArg, pskIdentity, ticket, srpUsername, ticketAppData, unknown } = fields;
    this.#fields = {
      masterKey: checkBytes(masterKey, 'secrets.masterKey', MASTER_KEY_MAX),
      keyArg: optionalBytes(keyArg, 'secrets.keyArg'),
      pskIdentity: optionalBytes(pskIdentity, 'secrets.pskIdentity'),
      ticket: optionalBytes(ticket, 'secrets.ticket'),
      srpUsername: optionalBytes(srpUsername, 'secrets.srpUsername'),
      ticketAppData: optionalBytes(ticketAppData, 'secrets.ticketAppData'),
      unknown: unknown === undefined ? [] : checkUnknown(unknown),
    };
  }

  /** The master secret up to TLS 1.2, the resumption secret in TLS 1.3. */
  get masterKey(): Uint8Array {
    return this.#all().masterKey;
  }
  /** [0] Of SSL 2. */
  get keyArg(): Uint8Array | undefined {
    return this.#all().keyArg;
  }
  /** [8] The identity of the client, for ciphers with a pre-shared key. */
  get pskIdentity(): Uint8Array | undefined {
    return this.#all().pskIdentity;
  }
  /** [10] The ticket that the server issued to this client. */
  get ticket(): Uint8Array | undefined {
    return this.#all().ticket;
  }
  /** [12] The user name of the client, in SRP. */
  get srpUsername(): Uint8Array | undefined {
    return this.#all().srpUsername;
  }
  /** [18] The data that the application of the server put into its ticket. */
  get ticketAppData(): Uint8Array | undefined {
    return this.#all().ticketAppData;
  }
  /** Fields that this version does not know, in ascending order of their tags. */
  get unknown(): readonly UnknownField[] {
    return this.#all().unknown as readonly UnknownField[];
  }

  /** Overwrites all secrets with zeros and drops them. Every getter throws afterwards. */
  wipe(): void {
    if (this.#fields === undefined) return;
    const { unknown, ...single } = this.#fields;
    for (const bytes of Object.values(single)) if (bytes) wipeBytes(bytes);
    for (const { content } of unknown as readonly UnknownField[]) wipeBytes(content);
    this.#fields = undefined;
  }

  /** `console.log` and its like show that there are secrets, without their bytes. */
  [inspect](): string {
    return 'SessionSecrets {}';
  }

  #all(): SecretFields {
    if (this.#fields !== undefined) return this.#fields;
    throw new RangeError('"secrets" expected secrets that are not wiped, got wiped ones');
  }
}

function optionalBytes(value: unknown, title: string): Uint8Array | undefined {
  return value === undefined ? undefined : checkBytes(value, title, LENGTH_MAX);
}

function checkUnknown(value: unknown): readonly UnknownField[] {
  if (!Array.isArray(value)) wrongType('secrets.unknown', 'array', value);
  let least = FIRST_UNKNOWN;
  return value.map((field: UnknownField, index) => {
    const title = `secrets.unknown[${index}]`;
    checkObject(field, title);
    const tag = checkInteger(field.tag, `${title}.tag`, least, TAG_MAX);
    least = tag + 1;
    const constructed = checkBoolean(field.constructed, `${title}.constructed`);
    return { tag, constructed, content: checkBytes(field.content, `${title}.content`, LENGTH_MAX) };
  });
}
