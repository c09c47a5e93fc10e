import type { Value } from 'dunlin';
import type { ChatBridge } from './database-bridge.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly body: string;
}

/** Conversations and their messages, through the bridge. */
export class Conversations {
  readonly #bridge: ChatBridge;

  constructor(bridge: ChatBridge) {
    this.#bridge = bridge;
  }

  create(title: string): number {
    return this.#number('INSERT INTO conversations (title) VALUES (?) RETURNING id', [title]);
  }

  add(conversation: number, { role, body }: Message): number {
    const sql = 'INSERT INTO messages (conversation_id, role, body) VALUES (?, ?, ?) RETURNING id';
    return this.#number(sql, [conversation, role, body]);
  }

  rename(conversation: number, title: string): void {
    this.#bridge.query('UPDATE conversations SET title = ? WHERE id = ?', [title, conversation]);
  }

  /** Titles, pinned ones first, then the one with the newest message. */
  titles(): readonly string[] {
    const rows = this.#bridge.query('SELECT title FROM conversations ORDER BY pinned DESC, updated_at DESC, id DESC');
    return rows.map((row) => String(row['title']));
  }

  search(words: string): readonly string[] {
    const sql = 'SELECT body FROM message_search WHERE message_search MATCH ? ORDER BY rank';
    return this.#bridge.query(sql, [words]).map((row) => String(row['body']));
  }

  close(): void {
    this.#bridge.close();
  }

  #number(sql: string, params: readonly Value[]): number {
    return Number(this.#bridge.query(sql, params)[0]?.['id']);
  }
}
