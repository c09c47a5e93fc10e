/** A text of a source file, and what stands there instead. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The tests of a file whose names contain a text. */
export interface Selection {
  readonly file: string;
  readonly title: string;
}

/** An engine that breaks a promise while it works as long as nothing goes wrong, and the tests that have to notice. */
export interface Mutant {
  readonly name: string;
  /** What becomes of the user's data, or of what Dunlin says of it. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  readonly caughtBy: readonly Selection[];
  /** The tests start processes of the built library: then what is edited has to compile. */
  readonly built?: true;
  /** Only a test that needs this program can see it. */
  readonly needs?: 'strace';
}

/** What a mutant has to be able to do: one that cannot even migrate would be caught by anything. */
export const ordinary: Selection = {
  file: 'test/execute/runs.test.ts',
  title: 'applies what is pending, in numeric order, and records it',
};

export const edit = (file: string, from: string, to: string): Edit => ({ file: `src/${file}`, from, to });
export const test = (file: string, title: string): Selection => ({ file: `test/${file}`, title });
/** The same for a test beside its source. */
export const unit = (file: string, title: string): Selection => ({ file: `src/${file}`, title });
