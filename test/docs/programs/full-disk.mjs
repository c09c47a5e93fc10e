// Loaded before Dunlin it stands in for a disk without room: FULL_DISK=backups leaves none to a backup, and with
// FULL_DISK=database SQLite itself finds no room for another page.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const room = process.env.FULL_DISK;
if (room === 'backups') {
  fs.statfsSync = () => ({ bavail: 100, bsize: 4096 });
  syncBuiltinESMExports();
}
if (room === 'database') {
  const require = createRequire(import.meta.url);
  const Database = require('better-sqlite3');
  require.cache[require.resolve('better-sqlite3')].exports = class extends Database {
    constructor(...options) {
      super(...options);
      this.pragma('max_page_count = 20');
    }
    // A disk that is full has set no limit.
    prepare(sql) {
      return super.prepare(sql.replace('SELECT max_page_count FROM pragma_max_page_count', 'SELECT 4294967294'));
    }
  };
}
