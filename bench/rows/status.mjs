// The status of 1,000 applied migrations, printed by a whole program.
import { compare } from '../compare.mjs';
import { smallMigrations } from '../support.mjs';

export const title = 'Status';
export const about = '1,000 applied migrations, listed by a whole program. Only some tools have such a command.';

export function measure(bench) {
  const migrations = smallMigrations(1000);
  const runs = compare(bench, { action: 'status', migrations, applied: migrations, seconds: 30 });
  return { columns: [{ id: 'status-1000', head: 'process', of: 'process', runs }] };
}
