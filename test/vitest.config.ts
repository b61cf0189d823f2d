import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Long walks of models, tabs, faults and chaos: `npm run test:walks` runs them. */
export const walks = 'test/**/*.walk.test.ts'

export default defineConfig({
  root,
  resolve: {
    alias: {
      '@runtimed/schema': `${root}packages/schema/src/index.ts`,
      '@runtimed/agent-core': `${root}packages/agent-core/src/index.ts`,
    },
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [walks],
    globalSetup: 'test/support/install-chromium.ts',
    maxWorkers: 2,
    /** Milliseconds. Ends a hang; tests have limits of their own. Two cores with other work are up to six times slower. */
    testTimeout: 240_000,
    hookTimeout: 240_000,
    silent: 'passed-only',
  },
})
