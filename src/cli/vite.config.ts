import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** LiveStore's SQLite reads its code from a file that lies beside it. */
function sqliteFile(): Plugin {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('@livestore/sqlite-wasm'))
  return {
    name: 'sqlite-file',
    generateBundle() {
      const name = 'wa-sqlite.node.wasm'
      const source = readFileSync(resolve(`@livestore/wa-sqlite/dist/${name}`))
      this.emitFile({ type: 'asset', fileName: `cli/${name}`, source })
    },
  }
}

/**
 * The command line with what it uses of LiveStore and Effect, in a few files: loading their 1,400 modules one by one takes
 * seconds. The entry stands where the compiler would put it, `dist/src/cli/main.js`; all else is in `dist/cli`.
 */
export default defineConfig({
  root,
  logLevel: 'warn',
  plugins: [sqliteFile()],
  ssr: { noExternal: true },
  resolve: {
    alias: {
      '@runtimed/schema': join(root, 'packages/schema/src/index.ts'),
      '@runtimed/agent-core': join(root, 'packages/agent-core/src/index.ts'),
    },
  },
  build: {
    ssr: true,
    outDir: join(root, 'dist'),
    emptyOutDir: false,
    license: { fileName: 'cli/THIRD-PARTY-NOTICES.md' },
    target: 'node20',
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      input: { main: join(root, 'src/cli/main.ts') },
      /** Vite builds the studio in this repository only; LiveStore's developer tools are switched off. */
      external: ['vite', /\/devtools-server\.js$/],
      output: { entryFileNames: 'src/cli/[name].js', chunkFileNames: 'cli/[name].js' },
      checks: { pluginTimings: false },
    },
  },
})
