/** A word that this project no longer uses, and what it says instead. */
export interface RetiredWord {
  readonly word: string;
  readonly pattern: RegExp;
  readonly instead: string;
}

const retired = (word: string, pattern: RegExp, instead: string): RetiredWord => ({
  word,
  pattern: new RegExp(pattern, `g${pattern.flags}`),
  instead,
});

/** Where a sentence of a comment or of a page begins. */
const start = String.raw`(?<=(?:\/\/|\*|[.;]) )`;

export const retiredWords: readonly RetiredWord[] = [
  retired('handed in', /\bhanded in\b/, 'existing (connection), passed in'),
  retired('take back', /\b(?:take|takes|took|taking|taken) (?:it |them )?back\b/i, 'roll back, undo'),
  retired('pass over', /\bpass(?:ed|es|ing)? over\b/i, 'skip, ignore'),
  retired('tell of', /\b(?:told|tells?|telling) of\b/i, 'report, say, name'),
  retired('told', /\btold\b(?! (?:apart|of)\b)/i, 'reported, said, shown'),
  retired('clear up', /\bclear(?:s|ed|ing)? up\b|\bclearUp/, 'clean up'),
  retired('go on', /\b(?:go|goes|going|went) on\b(?! (?:an?|the|its|this|that|top)\b)|\bgoOn\b/i, 'continue'),
  retired('go round', /\b(?:go|goes|going|went) round\b|\bgoRound\b/i, 'round trip'),
  retired('journey', /\bjourney/i, 'round-trip check'),
  retired('carriage', /\bcarriage(?! returns?\b)/i, 'copy path'),
  retired('made-up', /\bmade[- ]up\b(?! (?:of|for)\b)|\bmadeUp/i, 'sample (rows, values)'),
  retired('portrait', /\b(?:an?|the|this|one|its|\w+'s) portrait\b|\bconst portrait\b|\bportray/i, 'snapshot'),
  retired(
    'house',
    /\bkeep(?:s|ing)? (?:the )?house\b|\bof the house\b|\bkeepHouse\b|\bhouse: |\bconst house = \{|\b(?:keep\(|place, |kept, )house\b|\bhouse\.compress|#house\b/i,
    'retention',
  ),
  retired('untidy', /\buntidy/i, 'what retention could not remove'),
  retired('chores', /\bchores\b/i, 'maintenance plan'),
  retired('judge', /\bjudg(?:e|es|ed|ing)\b/i, 'check, decide'),
  retired('meant', /\bmeant\b/i, 'intended (a loss), suggestion (a name), may be (a migration)'),
  retired('whoever', /\bwho(?:m)?ever\b/i, 'a process that, anyone who'),
  retired('Who ... does', new RegExp(`${start}Who (?!is who)[a-z]+(?![^?]*\\?)`, 'm'), 'a sentence with a subject'),
  retired('Of what ...', new RegExp(`${start}Of (?:what|whom) `, 'm'), 'a sentence with a subject'),
  retired('is none of', /\b(?<!there )(?:is|are|was|were|be) none of\b(?! (?:them|these|those)\b)/i, 'is not'),
  retired('nowhere', /\bby itself nowhere\b/i, 'only with'),
  retired('in vain', /\bin vain\b/i, 'timed out, without success'),
  retired('patience', /\bpatience\b/i, 'noWait'),
  retired('lone', /\(lone\b|\blone[.:,)]|\bconst lone\b|\blone [!=]==|\b(?:function|findLone)\s?\*?lone\b/, 'context'),
  retired('overtaker', /\bovertaker/i, 'displacedBy'),
  retired(
    'a retired name',
    /\b(?:Performer|Surroundings|Carriage|BackupPlace|findPlace|BackupOrder|RestoreOrder|LateRecords|whileAlone|findLoneRun|proveCommitted|RowWatch|Fate)\b|\b(?:class|interface|type|new) (?:Passing|Reach|Look|Watch|Guard)\b/,
    'the name of the glossary: Session, Environment, BackupLocation, ...Request',
  ),
];

/** A retired word in a text: the line (from 1) that has it. */
export interface Found {
  readonly word: RetiredWord;
  readonly line: number;
}

export function findRetired(text: string): Found[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      retiredWords.flatMap((word) => [...line.matchAll(word.pattern)].map(() => ({ word, line: index + 1 }))),
    );
}
