import config, { walks } from './vitest.config.js'

/** Parts of the tests that need neither a page nor Python. */
const parts = [
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
  'status',
  'testing',
]

export default {
  ...config,
  test: {
    ...config.test,
    include: ['test/layering.test.ts', ...parts.map((part) => `test/${part}/**/*.test.{ts,tsx}`)],
    exclude: [walks],
    globalSetup: [],
  },
}
