import { availableParallelism } from 'node:os';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  test: {
    // Native addons and process.chdir() need processes of their own.
    pool: 'forks',
    // Most tests wait for disks and other processes: one core fewer than there are would leave half of two idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Only for what hangs: on a busy machine the same work takes ten times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'coverage/tests.json' }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/faults/**', 'test/runtimes/**', 'test/fixtures/**'],
        },
      },
      {
        extends: true,
        test: { name: 'faults', include: ['test/faults/**/*.test.ts'], testTimeout: 600_000 },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // These run in processes and threads of their own only.
      exclude: [
        '**/*.test.ts',
        '**/types.ts',
        'src/cli/{dunlin,status,whole,meter,process,guarded-stream,up-to-date}.ts',
      ],
      reporter: ['text-summary', 'json-summary'],
      reportOnFailure: true,
      thresholds: { lines: 95, branches: 95 },
    },
  },
};

export default config;
