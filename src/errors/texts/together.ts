/** Texts about options that name migrations: the sets of those that happen together, and the losses of each. */
export const togetherTexts = {
  DESTRUCTIVE_INVALID: {
    meaning:
      'The option `destructive` names a migration that does not exist, so what it declares would count for none. In a folder of another tool whose versions are positions, it names a position: the next file could move that to another migration.',
    message: (f: { fact: string }): string => `The option \`destructive\`: ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  TOGETHER_INVALID: {
    meaning:
      'A set of migrations that happen together does not fit the migrations: a version is unknown, one between them is left out, or two sets overlap. Sets come from the option `together`, from `-- dunlin: together 303` in the first file, or from `together: 303` in its definition.',
    message: (f: { where: string; fact: string }): string => `${f.where}: ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  TOGETHER_REFUSED: {
    meaning:
      'A migration is in a set that happens together, and cannot share its transaction: it runs outside of one, or with foreign keys on, which SQLite switches only between transactions (sqlite.org/pragma.html#pragma_foreign_keys).',
    message: (f: { id: string; set: string; foreignKeys: boolean }): string =>
      `${f.id} cannot be in the set ${f.set}: it runs ${f.foreignKeys ? 'with foreign keys on' : 'outside a transaction'}.`,
    hint: (f: { foreignKeys: boolean; code: boolean }): string => {
      const line = f.foreignKeys ? '`-- dunlin: foreign-keys on`' : '`-- dunlin: no-transaction`';
      return `Nothing was changed. Remove ${f.code ? '`foreignKeys: true`' : line} from it if it works without, or end the set before it.`;
    },
  },
  TOGETHER_SPLIT: {
    meaning:
      'A run would end inside a set of migrations that happen together: some of them would be applied and others not. Losses are checked after the last one, so the database would hold changes that were not checked.',
    message: (f: { command: string; set: string }): string =>
      `\`${f.command}\` would end inside the set ${f.set}, which happens completely or not at all.`,
    hint: (f: { commands: readonly string[] }): string =>
      `Nothing was changed. Run ${f.commands.map((command) => `\`dunlin ${command}\``).join(' or ')}.`,
  },
};
