import { describe, expect, it } from 'vitest';
import { parseCalls, type Call } from './parse.ts';

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

const short = ({ pid, name, args, result }: Call): unknown[] => [
  pid,
  name,
  ...args.map((argument) =>
    argument.kind === 'text'
      ? argument.bytes.toString()
      : argument.kind === 'descriptor'
        ? `${argument.number} ${argument.path}${argument.deleted ? ' (gone)' : ''}`
        : argument.text,
  ),
  result,
];

describe('a log of strace', () => {
  it('is read call by call, whatever is in paths and data', () => {
    const log = [
      `12 openat(AT_FDCWD<${hex('/tmp')}>, "${hex('/tmp/a, b) = 1')}", O_RDWR|O_CREAT, 0644) = 19<${hex('/tmp/a, b) = 1')}>`,
      `12 pwrite64(19<${hex('/tmp/a')}>, "${hex('x", y\n')}", 6, 4096) = 6`,
      `12 write(20<${hex('/tmp/gone')}>(deleted), "", 0) = 0`,
      `12 unlink("${hex('/tmp/a')}") = -1 ENOENT (No such file or directory)`,
      `12 fsync(19<${hex('/tmp/a')}>)                 = -1 EIO (Input/output error) (INJECTED)`,
    ].join('\n');
    expect(parseCalls(log).map(short)).toEqual([
      [12, 'openat', 'NaN /tmp', '/tmp/a, b) = 1', 'O_RDWR|O_CREAT', '0644', 19],
      [12, 'pwrite64', '19 /tmp/a', 'x", y\n', '6', '4096', 6],
      [12, 'write', '20 /tmp/gone (gone)', '', '0', 0],
      [12, 'unlink', '/tmp/a', -1],
      [12, 'fsync', '19 /tmp/a', -1],
    ]);
  });

  it('joins a call that another thread interrupts, wherever it is cut', () => {
    const log = [
      `7 pwrite64(3<${hex('/f')}>, "${hex('one')}", 3, 0 <unfinished ...>`,
      `8 fsync(4<${hex('/g')}> <unfinished ...>`,
      '7 <... pwrite64 resumed>) = 3',
      `8 <... fsync resumed>)             = 0`,
      `7 openat(AT_FDCWD<${hex('/')}>,  <unfinished ...>`,
      `7 <... openat resumed>"${hex('/h')}", O_RDONLY) = 5<${hex('/h')}>`,
    ].join('\n');
    expect(parseCalls(log).map(short)).toEqual([
      [7, 'pwrite64', '3 /f', 'one', '3', '0', 3],
      [8, 'fsync', '4 /g', 0],
      [7, 'openat', 'NaN /', '/h', 'O_RDONLY', 5],
    ]);
  });

  it('is no call: a signal, an end, the call in which a process died', () => {
    const log = [
      '7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---',
      `7 rename("${hex('/a')}", "${hex('/b')}") = ?`,
      `7 fsync(4<${hex('/g')}> <unfinished ...>) = ?`,
      '7 +++ killed by SIGKILL +++',
    ].join('\n');
    expect(parseCalls(log).map(short)).toEqual([[7, 'rename', '/a', '/b', undefined]]);
  });

  it('may not be shortened', () => {
    expect(() => parseCalls(`7 write(3<${hex('/f')}>, "${hex('on')}"..., 3) = 3`)).toThrow('raise -s');
  });
});
