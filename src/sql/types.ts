/** The start of a statement: 1-based line and column (UTF-16 units), 0-based offset into the whole text. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export type TokenKind =
  | 'word' //        a keyword or a bare identifier
  | 'quoted' //      "x", [x] or `x`: an identifier (or, for "x", sometimes a string)
  | 'string' //      'x'
  | 'blob' //        x'00'
  | 'number'
  | 'variable' //    ?1, :a, @a, $a
  | 'operator' //    everything else, one operator a token; `;` included
  | 'comment'
  | 'illegal'; //    an unterminated quote, or a character that SQLite does not know

export interface Token {
  readonly kind: TokenKind;
  /** Offset of the first character in the text given to the tokenizer. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
  /** The characters as written. */
  readonly text: string;
}

/** One statement of a script. */
export interface SqlStatement extends Position {
  /** As written, from its first token to its last, comments inside included, without the closing `;`. */
  readonly sql: string;
  /** Its tokens without comments; offsets count from the script's beginning. */
  readonly tokens: readonly Token[];
}

export type Conflict = 'replace' | 'rollback' | 'abort' | 'fail' | 'ignore';

/** An object's unquoted name in a statement, with the schema if it is written. */
export interface ObjectName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** A statement's kind and the objects that it names. Names are unquoted and keep their case; use `sameName`. */
export type ParsedStatement =
  | {
      readonly verb: 'create';
      readonly object: 'table';
      readonly name: ObjectName;
      readonly temporary: boolean;
      readonly virtual: boolean;
      readonly ifNotExists: boolean;
      readonly asSelect: boolean;
      readonly references: readonly string[];
      readonly replacesOnConflict: boolean;
    }
  | {
      readonly verb: 'create';
      readonly object: 'view';
      readonly name: ObjectName;
      readonly temporary: boolean;
      readonly ifNotExists: boolean;
    }
  | {
      readonly verb: 'create';
      readonly object: 'index';
      readonly name: ObjectName;
      readonly table: string;
      readonly ifNotExists: boolean;
      readonly unique: boolean;
    }
  | {
      readonly verb: 'create';
      readonly object: 'trigger';
      readonly name: ObjectName;
      readonly table: string;
      readonly temporary: boolean;
      readonly ifNotExists: boolean;
      /** The body has a DELETE, a REPLACE or an OR REPLACE. */ readonly deletes: boolean;
    }
  | {
      readonly verb: 'drop';
      readonly object: 'table' | 'view' | 'index' | 'trigger';
      readonly name: ObjectName;
      readonly ifExists: boolean;
    }
  | { readonly verb: 'alter'; readonly name: ObjectName; readonly change: AlterChange }
  | {
      readonly verb: 'insert' | 'update' | 'delete';
      readonly name: ObjectName;
      /** UPSERT's ON CONFLICT DO UPDATE does not count. */ readonly conflict: Conflict | undefined;
    }
  | {
      readonly verb: 'pragma';
      readonly schema: string | undefined;
      /** In lower case. */ readonly name: string;
      /** After `=` or in parentheses, unquoted; undefined when it only reads. */ readonly value: string | undefined;
    }
  | { readonly verb: 'begin' | 'commit' | 'rollback'; /** ROLLBACK TO x. */ readonly savepoint: string | undefined }
  | { readonly verb: 'savepoint' | 'release'; readonly savepoint: string | undefined }
  | { readonly verb: 'vacuum'; readonly into: boolean }
  | { readonly verb: 'select' | 'explain' | 'attach' | 'detach' | 'reindex' | 'analyze' | 'unknown' };

export type AlterChange =
  | { readonly kind: 'rename-table'; readonly to: string }
  | { readonly kind: 'rename-column'; readonly from: string; readonly to: string }
  | { readonly kind: 'add-column'; readonly column: string; readonly references: readonly string[] }
  | { readonly kind: 'drop-column'; readonly column: string }
  | { readonly kind: 'other' }; // ALTER COLUMN, ADD/DROP CONSTRAINT (SQLite 3.53)
