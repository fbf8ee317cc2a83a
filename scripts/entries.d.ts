export interface Entry {
  /** What a program imports: `sesscache/asn1`. */
  readonly name: string;
  /** Its file below bindings/ and dist/, without an extension: `asn1/index`. */
  readonly path: string;
  /** The name of its file in dist/web, if it is for browsers too. */
  readonly web: string | undefined;
}
export const ENTRIES: readonly Entry[];
export const ISOMORPHIC: readonly Entry[];
export const PLAIN: readonly Entry[];
export const NODE_ONLY: readonly Entry[];
export function conditionsOf(entry: Entry): unknown;
export function typesVersions(): unknown;
