import { ended } from '../text.ts';

/** Texts about migrations written in code: their modules, and what those export. */
export const definitionTexts = {
  UP_MISSING: {
    meaning: 'A migration written in code exports no `up`, so there is nothing to apply.',
    message: (f: { file: string; exports: readonly string[] }): string =>
      `${f.file} exports no \`up\`${f.exports.length === 0 ? '; it exports nothing' : ` (it exports ${f.exports.join(', ')})`}.`,
    hint: (f: { suggestion: string | undefined }): string =>
      f.suggestion === undefined
        ? 'Nothing was changed. Write `export function up(db) { ... }`, or `export default defineMigration({ up(db) { ... } })`.'
        : `Nothing was changed. Rename \`${f.suggestion}\` to \`up\`.`,
  },
  UP_TWICE: {
    meaning: 'A module exports `up` by name and another one in its default export, so it is not clear which to use.',
    message: (f: { file: string }): string => `${f.file} exports \`up\` twice: by name, and in its default export.`,
    hint: (): string => 'Nothing was changed. Keep one of them.',
  },
  DEFINITION_DISAGREES: {
    meaning:
      'A module says that it has another version or name than its file: usually it was copied, or renamed after a clash of versions.',
    message: (f: { file: string; key: string; found: string; expected: string }): string =>
      `${f.file} says that its ${f.key} is ${f.found}, but its file name says ${f.expected}.`,
    hint: (f: { key: string }): string =>
      `Nothing was changed. Correct one of them, or leave \`${f.key}\` out: the file name is enough.`,
  },
  DEFINITION_TYPE: {
    meaning: 'Something that a migration written in code exports has the wrong type.',
    message: (f: { file: string; key: string; expected: string; found: string }): string =>
      `${f.file}: \`${f.key}\` has to be ${f.expected}, but is ${f.found}.`,
    hint: (): string =>
      'Nothing was changed. Correct it; with `defineMigration` the compiler and the editor check the types.',
  },
  DEFINITION_KEY_UNKNOWN: {
    meaning: 'A definition has a key that Dunlin does not know. A misspelt `verify` or `down` would never run.',
    message: (f: { file: string; key: string }): string => `${f.file}: a migration has no \`${f.key}\`.`,
    hint: (f: { suggestion: string | undefined; known: readonly string[] }): string =>
      `Nothing was changed. ${f.suggestion === undefined ? `It may have ${f.known.join(', ')}.` : `Did you mean \`${f.suggestion}\`?`}`,
  },
  DEFINITION_INCOMPLETE: {
    meaning:
      'A definition in a list has no file name that could tell its version and name, so it has to say both itself.',
    message: (f: { position: number; missing: string }): string =>
      `Definition ${f.position} of the list has no \`${f.missing}\`.`,
    hint: (): string =>
      "Nothing was changed. Give both: `defineMigration({ version: 1, name: 'create_users', up(db) { ... } })`.",
  },
  MODULE_FAILED: {
    meaning:
      'A migration written in code could not be imported: it does not compile, imports what does not exist, or throws at once.',
    message: (f: { file: string; reason: string }): string => `${f.file} cannot be imported: ${ended(f.reason)}`,
    hint: (f: { file: string; reason: string }): string =>
      `Nothing was changed. ${
        f.file.endsWith('.js') && isModuleSyntax(f.reason)
          ? 'Node takes a .js file for CommonJS where the nearest package.json does not say `"type": "module"`: say it there, or name the file .mjs.'
          : 'Correct the module and run again; `cause` holds the original error.'
      }`,
  },
  MODULE_NEEDS_JITI: {
    meaning:
      'A TypeScript migration cannot be loaded by this runtime as it stands, and the package `jiti`, which can, is not installed.',
    message: (f: { file: string; reason: string }): string => `${f.file} cannot be loaded: ${ended(f.reason)}`,
    hint: (f: { alternative: string }): string =>
      `Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or ${f.alternative}.`,
  },
  MODULE_NOT_SYNC: {
    meaning: 'A synchronous run needs a module that this runtime can only load asynchronously.',
    message: (f: { file: string; reason: string }): string =>
      `${f.file} cannot be loaded synchronously: ${ended(f.reason)}`,
    hint: (): string => 'Nothing was changed. Use `await migrate()` instead of `migrateSync()`.',
  },
  MODULE_STALE: {
    meaning:
      'A module was edited after this process had loaded it synchronously, or as an import of a migration. The runtime keeps the old one for ever, so the new text would be recorded and the old one would run.',
    message: (f: { file: string; imported?: boolean }): string =>
      `${f.file} was edited after this process loaded it, and cannot be loaded again${f.imported === true ? '' : ' synchronously'}.`,
    hint: (f: { imported?: boolean }): string =>
      f.imported === true
        ? 'Nothing was changed. Restart the process.'
        : 'Nothing was changed. Restart the process, or use `await migrate()`.',
  },
};

/** Node's words for `import` and `export` in a file that it takes for CommonJS. */
export function isModuleSyntax(reason: string): boolean {
  return /^Unexpected token 'export'|^Cannot use (?:import statement|'import\.meta') outside a module/.test(reason);
}
