// What a row of the table of statements says.

export interface Statement {
  readonly id: string;
  /** The page of OpenSSL 3.0's manual, section 3. */
  readonly page: string;
  /** The sentence, in our words. */
  readonly says: string;
  /** Profile `manual` does otherwise, for the reason in docs/compatibility.md. */
  readonly differs?: true;
  /** `folder/file › name` of the test that fails without it… */
  readonly test?: string;
  /** …such as after this edit: file, what stands there, what stands there then. */
  readonly broken?: readonly [file: string, from: string, to: string];
  /** Why it has no test: it speaks of what JavaScript, or this library, does not have. */
  readonly because?: string;
}

type Row = Omit<Statement, 'page'>;

/** The statements of one page. */
export function page(name: string, rows: readonly Row[]): Statement[] {
  return rows.map((row) => ({ page: name, ...row }));
}

/** The test of a statement, taken apart. */
export function testOf({ id, test = '' }: Statement): { file: string; name: string } {
  const [file, name] = test.split(' › ');
  if (file === undefined || name === undefined) throw new Error(`${id} names no test: ${test}`);
  return { file: `${file}.test.ts`, name };
}
