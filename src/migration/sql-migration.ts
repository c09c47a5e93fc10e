import type { Host } from '../bridge/index.ts';
import { hash } from './checksum.ts';
import { parse, type ParsedSql } from './sql-content.ts';
import type { SqlContent, SqlMigration } from './types.ts';

/** What every migration has from its file's name. */
export interface Identity {
  readonly version: number;
  readonly name: string;
  readonly id: string;
  readonly file: string;
}

/** An SQL file, read and hashed, not yet parsed: most runs find it applied and never look into it. */
export class SqlFile implements SqlMigration {
  readonly kind = 'sql';
  readonly version: number;
  readonly name: string;
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly textHash: string;
  readonly #host: Host;
  #parsed: ParsedSql | undefined;

  constructor(identity: Identity, text: string, host: Host) {
    this.version = identity.version;
    this.name = identity.name;
    this.id = identity.id;
    this.file = identity.file;
    this.text = text;
    this.textHash = hash(host, text);
    this.#host = host;
  }

  get content(): SqlContent {
    return this.#parse().content;
  }

  get checksum(): string {
    return hash(this.#host, this.#parse().normalized);
  }

  #parse(): ParsedSql {
    const { file, id, version, name } = this;
    this.#parsed ??= parse(this.text, { file, id, migration: { version, name } });
    return this.#parsed;
  }
}
