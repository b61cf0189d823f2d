import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Long walks of models, tabs, faults and chaos: `npm run test:walks` runs them. */
export const walks = 'test/**/*.walk.test.ts'

/** Tests that need neither a page nor Python; the files of a worker share what they import, which is most of their time. */
export const fast = {
  include: [
    'test/layering.test.ts',
    ...[
      'agent-core',
      'chart',
      'execution',
      'inspection',
      'livestore',
      'machines',
      'migration',
      'notebook',
      'react',
      'registry',
      'schema',
      'stately',
      'status',
      'testing',
    ].map((part) => `test/${part}/**/*.test.{ts,tsx}`),
  ],
  exclude: [walks],
  isolate: false,
}

/** What all tests have in common. */
export const shared = {
  root,
  resolve: {
    alias: {
      '@runtimed/schema': `${root}packages/schema/src/index.ts`,
      '@runtimed/agent-core': `${root}packages/agent-core/src/index.ts`,
    },
  },
  test: {
    maxWorkers: 2,
    /** Milliseconds. Ends a hang; tests have limits of their own. Two cores with other work are up to six times slower. */
    testTimeout: 240_000,
    hookTimeout: 240_000,
    silent: 'passed-only',
  },
} as const

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    projects: [
      { extends: true, test: { name: 'fast', ...fast } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [walks, ...fast.include],
          globalSetup: 'test/support/install-chromium.ts',
        },
      },
    ],
  },
})
