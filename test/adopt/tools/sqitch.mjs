import { files, titles, undo } from '../migrations.mjs';
import { command, debianPackage } from '../project.mjs';

const deploy = ['sqitch', 'deploy', 'db:sqlite:app.db'];

export const sqitch = {
  ...debianPackage('sqitch', 'sqitch libdbd-sqlite3-perl', [
    'perl',
    '-MDBD::SQLite',
    '-MApp::Sqitch',
    '-e',
    'print App::Sqitch->VERSION',
  ]),
  files: files((title) => `sqitch/deploy/${title}.sql`),
  beside: (count) => ({
    'sqitch.conf': '[core]\n\tengine = sqlite\n\ttop_dir = sqitch\n[user]\n\tname = Ada\n\temail = ada@example.org\n',
    'sqitch/sqitch.plan': plan(count),
    ...Object.fromEntries(titles.map((title) => [`sqitch/revert/${title}.sql`, undo[title]])),
  }),
  options: ['--migrations', 'sqitch'],
  apply: command(deploy, /^ {2}\+ \w+ \.+ ok/gm),
  recordOnly: command([...deploy, '--log-only'], /^ {2}\+ \w+ \.+ ok/gm),
};

function plan(count) {
  const changes = titles.slice(0, count).map((title, i) => {
    const needs = i === 0 ? '' : `[${titles[i - 1]}] `;
    return `${title} ${needs}2024-01-02T00:00:0${i + 1}Z Ada <ada@example.org> # ${title}\n`;
  });
  return `%syntax-version=1.0.0\n%project=app\n\n${changes.join('')}`;
}
