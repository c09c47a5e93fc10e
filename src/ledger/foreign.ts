/** Other tools' tracking tables that share a name with ours, told apart by their columns. */
const signatures: readonly (readonly [tool: string, columns: readonly string[]])[] = [
  ['golang-migrate', ['version', 'dirty']],
  ['dbmate or Rails', ['version']],
  ['node-sqlite', ['id', 'name', 'up', 'down']],
  ['TypeORM', ['id', 'timestamp', 'name']],
  ['db-migrate', ['id', 'name', 'run_on']],
  ['postgrator', ['version', 'name', 'md5', 'run_at']],
  ["Dunlin's filename layout", ['id', 'filename', 'checksum', 'applied_at']],
  [
    "Dunlin's standard layout",
    [
      'version',
      'name',
      'applied_at',
      'checksum',
      'execution_time_ms',
      'schema_version',
      'text_hash',
      'fingerprint',
      'up_text',
      'down_text',
    ],
  ],
];

/** The tool whose table has exactly these columns. */
export function toolOf(columns: readonly string[]): string | undefined {
  const present = columns.map((column) => column.toLowerCase()).toSorted();
  return signatures.find(([, expected]) => expected.toSorted().join() === present.join())?.[0];
}
