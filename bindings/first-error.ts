/** Runs steps that all must run, and throws the first error once they have. */
export class FirstError {
  #thrown: { readonly error: unknown } | undefined;

  of(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  throw(): void {
    if (this.#thrown) throw this.#thrown.error;
  }
}
