// Another process that has databases open, and executes the SQL that it is sent, and answers `ok` or the
// code of the error. It waits for nobody.
import Database from 'better-sqlite3';

const open = new Map();
process.on('message', ({ file, sql }) => {
  try {
    if (!open.has(file)) open.set(file, new Database(file, { timeout: 0, fileMustExist: true }));
    open.get(file).exec(sql);
    process.send('ok');
  } catch (error) {
    process.send(error.code);
  }
});
