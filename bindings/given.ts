/**
 * Returns the object that it is given, so that a subclass puts its private fields on that: no other
 * code sees them, and they go with the object. A WeakMap would do the same, but each garbage
 * collection has to look through it.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- the way to give it private fields
export class Given {
  constructor(object: object) {
    return object;
  }
}
