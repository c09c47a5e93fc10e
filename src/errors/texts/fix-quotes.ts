import { typed } from '../typed.ts';
import { lackingColumnsHint, type LackingColumns } from './lacking.ts';

/** Texts about `dunlin fix-quotes`. */
export const fixQuotesTexts = {
  FIX_QUOTES_REFUSED: {
    meaning:
      'A file with text in double quotes is applied, or replaced by a squash, so that its checksum is recorded; or it was changed while `fix-quotes` was at work; or it copies a column that the old table does not have.',
    message: (f: { files: readonly string[]; refusal: QuotesRefusal }): string => {
      const { refusal } = f;
      const [files, is] = [f.files.join(', '), f.files.length === 1 ? 'is' : 'are'];
      if (refusal.kind === 'squashed')
        return `${files} has text in double quotes in its UP part, and ${refusal.squash} replaces it and records its checksum.`;
      if (refusal.kind === 'column')
        return `${files} copies ${refusal.columns.map((name) => `"${name}"`).join(', ')}, which ${refusal.from} does not have. As a text it would be in every row.`;
      if (refusal.kind === 'changed') return `${files} was changed while the migrations were tried.`;
      return `${files} ${is} applied in ${refusal.databases.join(', ')}, and would get other text in the UP part.`;
    },
    hint: (f: { refusal: QuotesRefusal }): string => {
      const { refusal } = f;
      switch (refusal.kind) {
        case 'squashed':
          return `Nothing was written. Delete the squash, and make it again afterwards: \`rm ${typed(refusal.squash)}\`, \`dunlin fix-quotes\`, \`dunlin squash --to ${refusal.to}\`.`;
        case 'column':
          return `Nothing was written. ${lackingColumnsHint(refusal)} Then run it again: \`dunlin fix-quotes\`.`;
        case 'changed':
          return 'Nothing was written. Run it again: `dunlin fix-quotes`.';
        case 'tool':
          return `Nothing was written. ${refusal.tool} has its own checksums of applied files, which Dunlin does not change. \`doubleQuotedStrings: true\` runs the files as they are, with the drivers node:sqlite (Node 22.16 or later) and @photostructure/sqlite.`;
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
  | { readonly kind: 'changed' }
  /** The file is given with its line. */
  | (LackingColumns & { readonly kind: 'column' });
