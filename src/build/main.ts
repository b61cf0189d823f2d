/** `node dist/src/build/main.js NAME...`: builds those bundles of this repository that are stale. */
import { fileURLToPath } from 'node:url'
import { buildIfStale, type Bundle } from './build-if-stale.js'

const compiledToRoot = '../../../'
const root = fileURLToPath(new URL(compiledToRoot, import.meta.url))

const bundles: readonly Bundle[] = [
  {
    name: 'cli',
    sources: ['src', 'machines', 'packages/schema/src', 'packages/agent-core/src', 'package-lock.json'],
  },
  {
    name: 'viewer',
    sources: [
      'src/viewer',
      'src/chart',
      'src/inspection/lean-frame.ts',
      'src/stately',
      'stately',
      'package-lock.json',
    ],
  },
]

/** React and Vite look at it when a bundle is built. */
process.env['NODE_ENV'] = 'production'

for (const bundle of bundles.filter(({ name }) => process.argv.includes(name))) {
  await buildIfStale(bundle, {
    root,
    build: async ({ name }) => {
      const { build } = await import('vite')
      await build({ configFile: `${root}src/${name}/vite.config.ts` })
    },
  })
}
