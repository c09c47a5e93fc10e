import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue, dunlinError, recoveryTexts, type DunlinError, type ErrorCode } from '../../src/errors/index.ts';
import { samples, variants } from './samples.ts';

const codes = Object.keys(catalogue) as ErrorCode[];

/** The error of every sample of a code, the main one first. */
function errorsOf(code: ErrorCode): DunlinError[] {
  return [samples[code], ...(variants[code] ?? [])].map((facts) => dunlinError(code, facts as never));
}

/** What a hint begins with: what became of the data. */
const whatBecameOfTheData =
  /^(?:Nothing (?:was|is) |Nothing of the run is left|Nothing of it |None of it |What was not committed is undone|What was committed is |What \S+ changed was rolled back|What \S+ did until then is kept|\S+ was rolled back|The rollback of .+ was undone|\S+ ran outside a transaction|The migration was rolled back|No migration was started|The batch was applied completely or not at all|The statement was not run|That call did nothing|The database is as the run left it|The restore is committed)/;

/** Words of this code base, or of people who blame the reader. */
const jargon =
  /\b(?:ledger|savepoint|bridge port|introspect\w*|idempotent|invalid argument|illegal|fatal|aborted|oops|please|sorry|simply|just|failed to|unable to|e\.g\.|i\.e\.|etc)\b/i;

describe('every text', () => {
  it('is as reviewed', async () => {
    const sections = codes.map((code) => {
      const texts = errorsOf(code).map(
        ({ message, hint }) => `${quote(message)}\n>\n${quote(hint.replaceAll('\n', '  \n'), '> *')}`,
      );
      return `## ${code}\n\n${texts.join('\n\n')}\n`;
    });
    const [facts, reason] = [{ id: '007_tidy', backup: '20261121T091204123Z-before-0007' }, 'it is locked'];
    const { keptButMode, restored, setBack, stays, unrecorded } = recoveryTexts;
    const recovered = [
      restored(facts),
      setBack(facts),
      keptButMode(facts),
      stays({ ...facts, reason, setBack: false }),
      stays({ ...facts, reason, setBack: true }),
      ...errorsOf('PLAN_CHANGED').map(({ hint }) => unrecorded({ ...facts, hint })),
    ].map((hint) => quote(hint, '> *'));
    sections.push(`## Hints after an automatic restore\n\n${recovered.join('\n\n')}\n`);
    const page = `# Every error text, with the sample facts of samples.ts\n\n${sections.join('\n')}`;
    await expect(page).toMatchFileSnapshot('texts.snapshot.md');
  });

  it('has a message that is a sentence', () => {
    const isSentence = ({ message }: DunlinError): boolean =>
      /[.!?…]$/.test(message) &&
      !/(?<!\.)\.\.(?!\.)|undefined|\[object|NaN| {3}|[!?…]\.$/.test(message) &&
      message.length <= 330;
    expect(offenders(isSentence)).toEqual([]);
  });

  it('has a message that names what it is about', () => {
    const nameless = codes.filter((code) => {
      const facts = textsIn(samples[code]);
      return (
        facts.length > 0 && !facts.some((fact) => errorsOf(code)[0]!.message.toLowerCase().includes(fact.toLowerCase()))
      );
    });
    expect(nameless).toEqual([]);
  });

  it('has a hint that says what became of the data, and then what to do', () => {
    expect(offenders(({ hint }) => whatBecameOfTheData.test(hint) && /[.:] \S/.test(hint))).toEqual([]);
    expect(offenders(({ hint }) => !/undefined|\[object|(?<!\.)\.\.(?!\.)/.test(hint) && hint.length <= 420)).toEqual(
      [],
    );
  });

  it('speaks plainly', () => {
    expect(offenders(({ message, hint }) => !jargon.test(`${message}\n${hint}`))).toEqual([]);
    expect(offenders(({ message, hint }) => (`${message} ${hint}`.match(/`/g) ?? []).length % 2 === 0)).toEqual([]);
  });

  it('explains its meaning in whole sentences', () => {
    const isExplained = (meaning: string): boolean =>
      /^[A-Z`-].{40,}\.$/s.test(meaning) && !jargon.test(meaning) && meaning.length <= 400;
    expect(codes.filter((code) => !isExplained(catalogue[code].meaning))).toEqual([]);
  });
});

describe('every code', () => {
  const sources = sourceTexts(resolve(import.meta.dirname, '../../src'));

  it('is used', () => {
    expect(codes.filter((code) => !sources.some((text) => text.includes(`'${code}'`)))).toEqual([]);
  });

  it('exists, wherever one is named', () => {
    // In doc comments ("Errors: `LOCKED`") and in lists that errors are looked up in.
    const named = sources.flatMap((text) => [
      ...(text.match(/Errors?:[^*]*(?:\*[^*/]+)*/g) ?? []).flatMap(
        (list) => list.match(/`[A-Z]+(?:_[A-Z0-9]+)+`/g) ?? [],
      ),
      ...(text.match(/(?<=new Set(?:<string>)?\(\[)[^\]]*/g) ?? []).flatMap(
        (list) => list.match(/'[A-Z]+(?:_[A-Z0-9]+)+'/g) ?? [],
      ),
    ]);
    const unknown = named.map((code) => code.slice(1, -1)).filter((code) => !(code in catalogue));
    expect(unknown).toEqual([]);
  });
});

/** The codes, with their texts, that a rule does not hold for. */
function offenders(rule: (error: DunlinError) => boolean): string[] {
  return codes
    .flatMap(errorsOf)
    .filter((error) => !rule(error))
    .map(({ code, message, hint }) => `${code}\n${message}\n${hint}`);
}

/** Every text among the facts, lists included. */
function textsIn(facts: unknown): string[] {
  if (typeof facts === 'string') return [facts];
  if (typeof facts === 'number') return [String(facts)];
  return typeof facts === 'object' && facts !== null ? Object.values(facts).flatMap(textsIn) : [];
}

function quote(text: string, before = '> '): string {
  const lines = text.split('\n').map((line, i) => `${i === 0 ? before : '> '}${line}`);
  return `${lines.join('\n')}${before === '> ' ? '' : '*'}`;
}

/** The texts of src, without those that define the codes and without tests. */
function sourceTexts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('errors/texts/'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}
