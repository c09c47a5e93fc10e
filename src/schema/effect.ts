import {
  canonical,
  codeTokens,
  constraintsOf,
  isKeyword,
  isName,
  isOperator,
  literal,
  nameForm,
  nameKey,
  parseTable,
  quote,
  splitByComma,
  textOf,
  tokensForm,
  unquote,
  withoutOuter,
  type ColumnText,
  type ConstraintText,
  type OwnedConstraint,
  type TableText,
  type Token,
} from '../sql/index.ts';
import type { Inventory } from './inventory.ts';

/** A schema with the parts of its texts, read when they are asked for. */
export class SchemaTexts {
  readonly #inventory: Inventory;
  readonly #tables = new Map<string, TableText | undefined>();
  #names: ReadonlySet<string> | undefined;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** The parts of a table; undefined for a virtual one, or if there is none of that name. */
  table(name: string): TableText | undefined {
    const key = nameKey(name);
    if (!this.#tables.has(key)) this.#tables.set(key, parseTable(this.#inventory.tables.get(key)?.sql ?? ''));
    return this.#tables.get(key);
  }

  /** The keys of the names of all tables, views and columns, and of what a trigger calls its rows. */
  get names(): ReadonlySet<string> {
    if (this.#names === undefined) {
      const names = new Set(['new', 'old', ...this.#inventory.tables.keys()]);
      for (const { type, name } of this.#inventory.others.values()) if (type === 'view') names.add(nameKey(name));
      for (const name of this.#inventory.tables.keys()) for (const key of columnKeys(this.table(name))) names.add(key);
      this.#names = names;
    }
    return this.#names;
  }
}

function columnKeys(table: TableText | undefined): readonly string[] {
  return table?.columns.map(({ name }) => nameKey(name.name)) ?? [];
}

/**
 * What each constraint of a table does, as a text to compare: the same for one of a column and one of the table, for a default
 * that is written out and one that is not. Undefined if it does nothing.
 */
export function constraintEffects(
  table: TableText,
  schema: SchemaTexts,
): ReadonlyMap<ConstraintText, string | undefined> {
  const all = constraintsOf(table);
  // It belongs to the foreign key read last, of whatever column.
  const isApart = all.some(({ constraint }) => constraint.kind === 'deferrable');
  return new Map(
    all.map((owned) => [
      owned.constraint,
      isApart
        ? asWritten(owned, table)
        : isEntangled(owned.column)
          ? inOrder(owned, table, schema)
          : effectOf(owned, table, schema),
    ]),
  );
}

/** The clauses of a column of which only the last counts. */
const SINGLE: ReadonlySet<ConstraintText['kind']> = new Set(['default', 'collate', 'not-null', 'generated']);

/**
 * Whether the order of a column's constraints matters: of two of a kind the last counts, and a CHECK has the last name that
 * was given in the column, to whatever constraint (the production `ccons ::= CONSTRAINT nm` of parse.y).
 */
function isEntangled(column: ColumnText | undefined): boolean {
  const constraints = column?.constraints ?? [];
  const single = constraints.filter(({ kind }) => SINGLE.has(kind)).map(({ kind }) => kind);
  const isNamed = constraints.some(({ kind, name }) => kind !== 'check' && name !== undefined);
  return new Set(single).size < single.length || (isNamed && constraints.some(({ kind }) => kind === 'check'));
}

/** Where order matters: all that the column's constraints do, each with its name. */
function inOrder({ column, columns }: OwnedConstraint, table: TableText, schema: SchemaTexts): string {
  const effects = column!.constraints.map((constraint) => [
    constraint.name === undefined ? '' : nameForm(constraint.name),
    (constraint.kind === 'null' ? undefined : effectOf({ constraint, column, columns }, table, schema)) ??
      constraint.kind,
  ]);
  return `${columns.map(nameForm).join()} ${JSON.stringify(effects)}`;
}

function asWritten({ column, constraint }: OwnedConstraint, table: TableText): string {
  return canonical(textOf(table.sql, column ?? constraint));
}

/**
 * The constraints whose order matters, in their order: foreign keys with actions, and keys of which one does not abort. Of
 * two that an UPDATE or DELETE meets the first one acts.
 */
export function orderOf(table: TableText, form: (constraint: ConstraintText) => string | undefined): string {
  const all = constraintsOf(table).map(({ constraint }) => constraint);
  const keys = all.filter(({ kind }) => kind === 'unique' || kind === 'primary-key');
  const references = all.filter(({ kind }) => kind === 'foreign-key');
  const acts = (constraint: ConstraintText): boolean =>
    (['delete', 'update'] as const).some((event) => actionOf(tokensOf(constraint, table), event) !== '');
  return JSON.stringify([
    keys.some((key) => conflictOf(key, table) !== '') ? keys.map(form) : [],
    references.some(acts) ? references.map(form) : [],
  ]);
}

function effectOf(owned: OwnedConstraint, table: TableText, schema: SchemaTexts): string | undefined {
  const { constraint, columns } = owned;
  const of = columns.map(nameForm).join();
  const { expression } = constraint;
  const text = expression === undefined ? '' : textOf(table.sql, expression);
  switch (constraint.kind) {
    case 'null':
      return constraint.name === undefined ? undefined : asWritten(owned, table);
    case 'not-null':
      return isImplied(owned, table) ? undefined : `${of} not null${conflictOf(constraint, table)}`;
    case 'default': {
      const value = defaultValue(text, new Set(columnKeys(table)));
      return value && `${of} default ${value}`;
    }
    case 'collate':
      return nameKey(unquote(text)) === 'binary' ? undefined : `${of} collate ${nameForm(unquote(text))}`;
    case 'generated':
      return `${of} as ${formIn(table, codeTokens(text))} ${constraint.stored ? 'stored' : 'virtual'}`;
    case 'check': {
      // Its name appears in the error.
      const name = constraint.name === undefined ? '' : `${nameForm(constraint.name)}: `;
      return `${name}check ${formIn(table, codeTokens(text))}${conflictOf(constraint, table)}`;
    }
    case 'unique':
      return `unique ${termsOf(owned, table)}${conflictOf(constraint, table)}`;
    case 'primary-key':
      return `primary key ${keyOf(owned, table)}${conflictOf(constraint, table)}`;
    case 'foreign-key':
      return `${of} ${referenceOf(constraint, table, schema)}`;
    default:
      return asWritten(owned, table);
  }
}

/** An expression over the columns of a table, which may be written with the table's name. */
function formIn(table: TableText, tokens: readonly Token[]): string {
  const names = new Set(columnKeys(table));
  return tokensForm(withColumns(withoutTable(table, tokens), names), names);
}

/** Words that mean something in an expression and may also be names without quotes (`%fallback` in parse.y). */
const AMBIGUOUS: ReadonlySet<string> = new Set('cast current_date current_time current_timestamp raise'.split(' '));
const INFIX: ReadonlySet<string> = new Set('glob like match regexp'.split(' '));
/** What an operand follows. */
const BEFORE_OPERAND: ReadonlySet<string> = new Set('and between case else escape in is not or then when'.split(' '));

/** With quotes around the columns whose names are keywords: `cross` and `"cross"` are one. A word before `(` is a function. */
function withColumns(tokens: readonly Token[], names: ReadonlySet<string>): readonly Token[] {
  const hasCase = tokens.some((token) => isKeyword(token, 'case'));
  const isColumn = ({ kind, text }: Token, i: number): boolean => {
    const key = nameKey(text);
    if (kind !== 'word' || !names.has(key) || AMBIGUOUS.has(key) || isOperator(tokens[i + 1], '(')) return false;
    if (INFIX.has(key)) return !isOperand(tokens[isKeyword(tokens[i - 1], 'not') ? i - 2 : i - 1]);
    return !(hasCase && key === 'end');
  };
  return tokens.map((token, i) =>
    isColumn(token, i) ? { ...token, kind: 'quoted' as const, text: quote(token.text) } : token,
  );
}

function isOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'operator') return token.text === ')';
  return token.kind !== 'word' || !(BEFORE_OPERAND.has(nameKey(token.text)) || INFIX.has(nameKey(token.text)));
}

function withoutTable({ name }: TableText, tokens: readonly Token[]): readonly Token[] {
  const isTable = (token: Token | undefined): boolean =>
    token !== undefined && isName(token) && nameKey(unquote(token.text)) === nameKey(name.name);
  return tokens.filter(
    (token, i) =>
      !(isTable(token) && isOperator(tokens[i + 1], '.')) && !(isOperator(token, '.') && isTable(tokens[i - 1])),
  );
}

/** NULL is what a column gets without a default (sqlite.org/lang_createtable.html, section 3.2). */
function defaultValue(text: string, names: ReadonlySet<string>): string | undefined {
  const all = codeTokens(text);
  const tokens = withoutOuter(all);
  const [first, second] = tokens;
  if (first === undefined || tokens.length > 2) return tokensForm(tokens, names);
  if (second !== undefined) return isOperator(first, '+') ? tokensForm([second], names) : tokensForm(tokens, names);
  if (first.kind === 'word') {
    const word = nameKey(first.text);
    if (word === 'null') return undefined;
    if (word === 'true') return '1';
    if (word === 'false') return '0';
    if (word.startsWith('current_')) return word;
  }
  // A word or a name by itself is a string (the production `ccons ::= DEFAULT id` of parse.y).
  const isText = all.length === 1 && (first.kind === 'word' || first.kind === 'quoted');
  return isText ? literal(unquote(first.text)) : tokensForm(tokens, names);
}

/** Whether the column's key already refuses NULL, or the rowid replaces it (sqlite.org/lang_createtable.html, section 3.5). */
function isImplied({ constraint, columns }: OwnedConstraint, table: TableText): boolean {
  if (conflictOf(constraint, table) !== '') return false;
  const key = constraintsOf(table).find((other) => other.constraint.kind === 'primary-key');
  if (key === undefined || !key.columns.some((name) => nameKey(name) === nameKey(columns[0]!))) return false;
  return isRowid(key, table) || table.options.some(({ kind }) => kind !== 'other');
}

/**
 * An INTEGER PRIMARY KEY is the rowid. As a constraint of the column it is not if DESC is written, as one of the table it is
 * (sqlite.org/lang_createtable.html, section 5).
 */
function isRowid(key: OwnedConstraint, table: TableText): boolean {
  const [name] = key.columns;
  if (name === undefined || key.columns.length > 1) return false;
  if (table.options.some(({ kind }) => kind === 'without-rowid')) return false;
  const type = columnNamed(table, name)?.type;
  if (type === undefined || nameKey(unquote(textOf(table.sql, type))) !== 'integer') return false;
  return key.column === undefined || !tokensOf(key.constraint, table).some((token) => isKeyword(token, 'desc'));
}

function keyOf(key: OwnedConstraint, table: TableText): string {
  const counts = key.constraint.autoincrement ? ' autoincrement' : '';
  return isRowid(key, table) ? `rowid ${nameForm(key.columns[0]!)}${counts}` : `${termsOf(key, table)}${counts}`;
}

/** The columns of a key in its order, with what is not the default of each. */
function termsOf({ constraint, column, columns }: OwnedConstraint, table: TableText): string {
  const tokens = tokensOf(constraint, table);
  if (column !== undefined)
    return `${nameForm(columns[0]!)}${tokens.some((token) => isKeyword(token, 'desc')) ? ' desc' : ''}`;
  const open = tokens.findIndex((token) => isOperator(token, '('));
  const close = tokens.findLastIndex((token) => isOperator(token, ')'));
  const terms = tokens.slice(open + 1, close).filter((token) => !isKeyword(token, 'autoincrement'));
  return splitByComma(terms)
    .map((term) => termForm(term, table))
    .join();
}

/** One column, or one expression, of an index or a key. ASC and the column's own collation are its defaults. */
export function termForm(tokens: readonly Token[], table: TableText): string {
  // A column may be called so.
  const last = tokens.length > 1 ? tokens.at(-1) : undefined;
  const direction = isKeyword(last, 'desc') ? ' desc' : '';
  const isDirected = direction !== '' || isKeyword(last, 'asc');
  const value = isDirected ? tokens.slice(0, -1) : tokens;
  const [first, collate, collation, ...more] = value;
  const column = first !== undefined && isName(first) ? columnNamed(table, unquote(first.text)) : undefined;
  if (column === undefined || more.length > 0 || (collate !== undefined && !isKeyword(collate, 'collate')))
    return `${formIn(table, value)}${direction}`;
  const given = collation === undefined ? undefined : nameKey(unquote(collation.text));
  const other = given === undefined || given === collationOf(column, table) ? '' : ` collate ${nameForm(given)}`;
  return `${nameForm(column.name.name)}${other}${direction}`;
}

function collationOf(column: ColumnText, table: TableText): string {
  const { expression } = column.constraints.findLast(({ kind }) => kind === 'collate') ?? {};
  return expression === undefined ? 'binary' : nameKey(unquote(textOf(table.sql, expression)));
}

function columnNamed(table: TableText | undefined, name: string): ColumnText | undefined {
  return table?.columns.find((column) => nameKey(column.name.name) === nameKey(name));
}

/** REFERENCES without columns means the parent's primary key. SQLite ignores MATCH (sqlite.org/foreignkeys.html, section 6). */
function referenceOf(constraint: ConstraintText, table: TableText, schema: SchemaTexts): string {
  const { table: parent, columns } = constraint.references!;
  const tokens = tokensOf(constraint, table);
  const named = columns.map(({ name }) => nameForm(name));
  const target = named.length > 0 ? named : primaryKeyOf(schema.table(parent.name));
  return [
    `references ${nameForm(parent.name)} (${target.join()})`,
    ...(['delete', 'update'] as const).map((event) => actionOf(tokens, event)),
    isDeferred(tokens) ? ' deferred' : '',
  ].join('');
}

/** Empty if the key has a collation of its own: its columns by name are then another target, which does not fit. */
function primaryKeyOf(table: TableText | undefined): readonly string[] {
  if (table === undefined) return [];
  const key = constraintsOf(table).find(({ constraint }) => constraint.kind === 'primary-key');
  if (key === undefined || tokensOf(key.constraint, table).some((token) => isKeyword(token, 'collate'))) return [];
  return key.columns.map(nameForm);
}

function actionOf(tokens: readonly Token[], event: 'delete' | 'update'): string {
  const on = tokens.findLastIndex((token, index) => isKeyword(token, event) && isKeyword(tokens[index - 1], 'on'));
  const [first, second] = tokens.slice(on + 1);
  if (on === -1 || isKeyword(first, 'no')) return '';
  const action = isKeyword(first, 'set') ? `set ${nameKey(second!.text)}` : nameKey(first!.text);
  return ` on ${event} ${action}`;
}

/** Every other form checks at the end of the statement (sqlite.org/foreignkeys.html, section 4.2). */
function isDeferred(tokens: readonly Token[]): boolean {
  const at = tokens.findLastIndex((token) => isKeyword(token, 'deferrable'));
  return at !== -1 && !isKeyword(tokens[at - 1], 'not') && isKeyword(tokens[at + 2], 'deferred');
}

/** What follows ON CONFLICT; ABORT is the default. */
function conflictOf(constraint: ConstraintText, table: TableText): string {
  const tokens = tokensOf(constraint, table);
  const at = tokens.findLastIndex((token, index) => isKeyword(token, 'conflict') && isKeyword(tokens[index - 1], 'on'));
  const answer = at === -1 ? 'abort' : nameKey(tokens[at + 1]!.text);
  return answer === 'abort' ? '' : ` on conflict ${answer}`;
}

function tokensOf(constraint: ConstraintText, table: TableText): readonly Token[] {
  return codeTokens(textOf(table.sql, constraint));
}
