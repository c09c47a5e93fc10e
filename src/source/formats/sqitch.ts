import type { FormatFile } from '../../migration/index.ts';
import { linesOf } from './blank.ts';
import { pairMigration, type Folder, type Format } from './format.ts';

const planFile = 'sqitch.plan';

/** A change of the plan; a change that was reworked is there twice. */
interface Change {
  readonly name: string;
  /** The first tag after it. */
  tag: string | undefined;
}

function changesOf(text: string): readonly Change[] {
  const changes: Change[] = [];
  let untagged: Change[] = [];
  for (const { text: line } of linesOf(text)) {
    const tag = /^\s*@([^\s@]+)/.exec(line)?.[1];
    if (tag !== undefined) {
      for (const change of untagged) change.tag = tag;
      untagged = [];
      continue;
    }
    const name = /^\s*\+?([^\s%#@[+-][^\s[]*)/.exec(line)?.[1];
    if (name === undefined) continue;
    const change = { name, tag: undefined };
    changes.push(change);
    untagged.push(change);
  }
  return changes;
}

export const sqitch: Format = {
  name: 'sqitch',
  title: 'Sqitch',
  keyedBy: 'name',
  recognise: (files) => files.find(({ name }) => name === planFile)?.name,
  read: (folder) => {
    const plan = folder.byName.get(planFile);
    if (plan === undefined)
      folder.report(`has no ${planFile}`, 'Give the directory that holds the plan, deploy and revert.');
    else readPlan(folder, folder.text(plan));
    folder.expect(/^sqitch\.(?:plan|conf)$|^verify\//);
  },
};

function readPlan(folder: Folder, text: string): void {
  const changes = changesOf(text);
  const scriptOf = (directory: string, name: string): FormatFile | undefined =>
    folder.byName.get(`${directory}/${name}.sql`);
  changes.forEach(({ name, tag }, i) => {
    // The scripts of a change that is reworked later were renamed after the tag before its new form.
    const isReworked = changes.slice(i + 1).some((later) => later.name === name);
    const id = isReworked && tag !== undefined ? `${name}@${tag}` : name;
    const deploy = scriptOf('deploy', id);
    if (deploy === undefined)
      folder.report(
        `${planFile} has the change ${id}, and there is no deploy/${id}.sql`,
        'Restore that file, from version control or a copy.',
      );
    else {
      const back = folder.back(deploy.path.replace(/deploy(?=[/\\][^/\\]*$)/, 'revert'));
      folder.add(pairMigration({ key: id, number: undefined, name: id, id, back }, deploy, scriptOf('revert', id)));
    }
  });
}
