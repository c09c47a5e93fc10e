import { typed } from '../typed.ts';

/** Texts about `dunlin fix-quotes`. */
export const fixQuotesTexts = {
  FIX_QUOTES_REFUSED: {
    meaning:
      'A file with text in double quotes is applied, or replaced by a squash, so that its checksum is recorded; or it was changed while `fix-quotes` was at work.',
    message: (f: { files: readonly string[]; refusal: QuotesRefusal }): string => {
      const { refusal } = f;
      const [files, is] = [f.files.join(', '), f.files.length === 1 ? 'is' : 'are'];
      if (refusal.kind === 'squashed')
        return `${files} has text in double quotes in its UP part, and ${refusal.squash} replaces it and records its checksum.`;
      if (refusal.kind === 'changed') return `${files} was changed while the migrations were tried.`;
      return `${files} ${is} applied in ${refusal.databases.join(', ')}, and would get other text in the UP part.`;
    },
    hint: (f: { refusal: QuotesRefusal }): string => {
      const { refusal } = f;
      switch (refusal.kind) {
        case 'squashed':
          return `Nothing was written. Delete the squash, and make it again afterwards: \`rm ${typed(refusal.squash)}\`, \`dunlin fix-quotes\`, \`dunlin squash --to ${refusal.to}\`.`;
        case 'changed':
          return 'Nothing was written. Run it again: `dunlin fix-quotes`.';
        case 'tool':
          return `Nothing was written. ${refusal.tool} has its own checksums of applied files, which Dunlin does not change. \`doubleQuotedStrings: true\` runs the files as they are, with the drivers node:sqlite and @photostructure/sqlite.`;
        case 'applied':
          return 'Nothing was written. `dunlin fix-quotes --applied` rewrites them too, and prints the `repair` command that records the new text in each database.';
      }
    },
  },
};

/** Why a file is not rewritten. */
export type QuotesRefusal =
  | { readonly kind: 'applied'; readonly databases: readonly string[] }
  /** Applied, and in the format of another tool. */
  | { readonly kind: 'tool'; readonly databases: readonly string[]; readonly tool: string }
  | { readonly kind: 'squashed'; readonly squash: string; readonly to: number }
  | { readonly kind: 'changed' };
