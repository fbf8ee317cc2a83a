// Copies lists in the options of Node's TLS: certificates, keys, protocols.

const LISTS = ['ALPNProtocols', 'ca', 'cert', 'certificateCompression', 'crl', 'key', 'pfx'];

/**
 * The properties that Node reads of an item. Without a prototype: programs put options into every
 * object.
 */
const ITEMS: Readonly<Record<string, ((item: unknown) => unknown) | undefined>> = {
  __proto__: null as never,
  // `val?.pem !== undefined ? val.pem : val`
  key: (item) => credentialOf(item, 'pem', (pem) => pem !== undefined),
  // `val.buf || val`
  pfx: (item) => credentialOf(item, 'buf', Boolean),
};

/**
 * Replaces lists by copies. Each item is read once; of keys, the properties that Node reads are
 * copied. Returns `options`.
 */
export function copyLists(options: Record<string, unknown>): Record<string, unknown> {
  for (const name of LISTS) {
    const value = options[name];
    if (Array.isArray(value)) options[name] = copyOfList(value as unknown[], ITEMS[name]);
  }
  return options;
}

/** Whether a list is immutable, as `tls.rootCertificates`. */
export function isConstant(list: readonly unknown[]): boolean {
  return Object.isFrozen(list) && list.every((item) => typeof item === 'string');
}

function copyOfList(list: readonly unknown[], itemOf = (item: unknown): unknown => item): unknown {
  if (isConstant(list)) return list;
  const copy: unknown[] = [];
  copy.length = list.length; // Node skips holes
  for (let i = 0; i < copy.length; i++) if (i in list) copy[i] = itemOf(list[i]);
  return copy;
}

/** Copies an item: the key itself, or an object with the key and its passphrase. */
function credentialOf(item: unknown, name: string, isSet: (inner: unknown) => boolean): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { [name]: inner, passphrase } = item as Record<string, unknown>;
  if (!isSet(inner)) return passphrase === undefined ? item : { [name]: item, passphrase };
  return passphrase === undefined ? { [name]: inner } : { [name]: inner, passphrase };
}
