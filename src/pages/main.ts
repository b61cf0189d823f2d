/** `node dist/src/pages/main.js`: builds the pages of this repository that are stale. */
import { fileURLToPath } from 'node:url'
import { buildIfStale, type Page } from './build-page.js'

const compiledToRoot = '../../../'
const root = fileURLToPath(new URL(compiledToRoot, import.meta.url))

const pages: readonly Page[] = [
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

/** React and Vite look at it when a page is built. */
process.env['NODE_ENV'] = 'production'

for (const page of pages) {
  await buildIfStale(page, {
    root,
    build: async ({ name }) => {
      const { build } = await import('vite')
      await build({ configFile: `${root}src/${name}/vite.config.ts` })
    },
  })
}
