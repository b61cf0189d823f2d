import react from '@vitejs/plugin-react'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { KERNEL_FILES } from '../handlers/python/protocol.js'

const folder = dirname(fileURLToPath(import.meta.url))
const root = join(folder, '../..')

/** What Pyodide loads at run time, by its own names. */
const pyodideFiles = [
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'python_stdlib.zip',
  'pyodide-lock.json',
  'package.json',
]

/** The package of Pyodide holds no licence text, so Vite's list of notices has its name alone. */
const pyodideNotice =
  'The Python worker, and the folder pyodide where there is one, are made from Pyodide: Mozilla Public License 2.0,\n' +
  'https://mozilla.org/MPL/2.0/. Its source is at https://github.com/pyodide/pyodide.\n'

/** Puts Pyodide and the Python side of the kernel beside the page, so that nothing is loaded from elsewhere. */
function pythonFiles(): Plugin {
  const pyodide = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))
  const kernel = join(root, 'src/handlers/python')
  return {
    name: 'python-files',
    apply: 'build',
    generateBundle() {
      const emit = (place: string, from: string, names: readonly string[]) => {
        for (const name of names) {
          const source = readFileSync(join(from, name))
          this.emitFile({ type: 'asset', fileName: `${place}/${name}`, source })
        }
      }
      emit('pyodide', pyodide, pyodideFiles)
      emit('python', kernel, KERNEL_FILES)
      this.emitFile({ type: 'asset', fileName: 'PYODIDE-NOTICE.txt', source: pyodideNotice })
    },
  }
}

/** Pyodide asks for Node's modules only under Node. */
function withoutNode(): Plugin {
  const nothing = '\0nothing-of-node'
  return {
    name: 'without-node',
    enforce: 'pre',
    resolveId: (id, importer) =>
      id.startsWith('node:') && importer?.includes('/pyodide/') ? nothing : undefined,
    load: (id) => (id === nothing ? 'export default {}' : undefined),
  }
}

/** LiveStore's package says that none of its modules does anything by being imported; this one does, it is an entry. */
function sharedWorkerEntry(): Plugin {
  return {
    name: 'shared-worker-entry',
    transform: (code, id) =>
      id.endsWith('/make-shared-worker.js') ? { code, map: null, moduleSideEffects: true } : undefined,
  }
}

/**
 * Workers are built with the page and not by themselves, so that both load the same chunks: half of what a first visit loads. Their
 * names are known to `store/open-store.ts` and `frames/python-frame.ts`.
 */
const workers = {
  'livestore.worker': join(folder, 'store/livestore.worker.ts'),
  'python.worker': join(folder, '../handlers/python/web-worker.ts'),
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  root: folder,
  base: './',
  plugins: [react(), pythonFiles(), withoutNode()],
  worker: { format: 'es', plugins: () => [sharedWorkerEntry()] },
  resolve: {
    alias: {
      '@runtimed/schema': join(root, 'packages/schema/src/index.ts'),
      '@runtimed/agent-core': join(root, 'packages/agent-core/src/index.ts'),
    },
  },
  optimizeDeps: { exclude: ['@livestore/wa-sqlite', 'pyodide'] },
  server: { headers: isolation },
  preview: { headers: isolation },
  build: {
    target: 'es2022',
    outDir: join(root, 'dist/studio'),
    emptyOutDir: true,
    license: { fileName: 'THIRD-PARTY-NOTICES.md' },
    rolldownOptions: {
      input: {
        page: join(folder, 'index.html'),
        'python-frame': join(folder, 'frames/python.html'),
        'output-frame': join(folder, 'frames/output.html'),
        ...workers,
      },
      output: {
        entryFileNames: ({ name }) => (name in workers ? 'workers/[name].js' : 'assets/[name]-[hash].js'),
      },
    },
    chunkSizeWarningLimit: 2_000,
  },
})
