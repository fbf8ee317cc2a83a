// The tags revoked lately. A handshake or a lookup that began before a revocation must not bring a
// session with that tag back.

import type { Session } from '../session/session.ts';

/** Most tags that are remembered; at the next one, all are forgotten. */
const TAGS_MAX = 32_768;

export class Revocations {
  /** How many revocations there have been: the argument `since`. */
  count = 0;
  /** `count` when the tags before it were forgotten. */
  private forgotten = 0;
  /** By tag, `count` after its last revocation. */
  private readonly tags = new Map<string, number>();

  note(tag: Uint8Array): void {
    if (this.tags.size >= TAGS_MAX) {
      this.tags.clear();
      this.forgotten = this.count;
    }
    this.tags.set(keyOf(tag), ++this.count);
  }

  /**
   * Whether one of the tags has been revoked since `count` was `since`; also true if that is no
   * longer known. `session` is the session that would come back: if threads share the cache,
   * another one may have removed it.
   */
  since(since: number, tags: readonly Uint8Array[], _session?: Session): boolean {
    if (this.count === since || tags.length === 0) return false;
    if (this.forgotten > since) return true;
    return tags.some((tag) => (this.tags.get(keyOf(tag)) ?? 0) > since);
  }
}

function keyOf(tag: Uint8Array): string {
  return String.fromCharCode(...tag);
}
