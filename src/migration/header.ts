import type { Script } from './script.ts';
import type { Header } from './types.ts';

const line = /^--\s*(migration|description|author|date|schema[- ]version)\s*:(.*)$/i;

/** The `-- Key: value` lines above the first marker and the first statement. The first of a key counts. */
export function readHeader(script: Script, end: number): Header {
  const values = new Map<string, string>();
  for (const comment of script.comments) {
    if (comment.start >= end) break;
    const match = comment.isLine ? line.exec(comment.text) : null;
    const [key, value] = [match?.[1]?.toLowerCase().replace(' ', '-'), match?.[2]?.trim()];
    if (key !== undefined && value && !values.has(key)) values.set(key, value);
  }
  return {
    migration: values.get('migration'),
    description: values.get('description'),
    author: values.get('author'),
    date: values.get('date'),
    schemaVersion: values.get('schema-version'),
  };
}

/** Whether `Migration: ...` names this file: by id, by name or by version. Copied files often keep another's header. */
export function namesFile(given: string, id: string): boolean {
  const text = given
    .replace(/\.\w+$/, '')
    .normalize('NFC')
    .toLowerCase();
  const [digits, rest] = [/^\d*/, /^\d*_?/].map((pattern) => pattern.exec(text)![0]) as [string, string];
  const own = id.toLowerCase();
  const ownDigits = /^\d+/.exec(own)![0];
  const sameVersion = digits === '' || Number(digits) === Number(ownDigits);
  const name = text.slice(rest.length);
  return sameVersion && (name === '' || name === own.slice(ownDigits.length + 1));
}
